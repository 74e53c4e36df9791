// SPDX-License-Identifier: MIT
// What core's work costs for each function of a machine: the time per item has to stay flat.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/resolve.hpp"
#include "core/profile/boot_table.hpp"
#include "tests/bench/machine_tree.hpp"

namespace early_bind::bench {
namespace {

/// A machine of so many functions, made once and gone with the program.
class Machine {
  public:
    explicit Machine(std::size_t functions) {
        std::string name = (std::filesystem::temp_directory_path() / "early-bind-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            std::abort();
        }
        directory_ = name;
        write_machine({functions, 2}, directory_);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    static const Machine& of(std::int64_t functions) {
        static std::map<std::int64_t, Machine> machines;
        return machines.try_emplace(functions, static_cast<std::size_t>(functions)).first->second;
    }

    [[nodiscard]] sysfs::Root root() const { return sysfs::Root::open(directory_).value(); }
    [[nodiscard]] std::string table_text() const { return root().read(kBootTablePath).value(); }
    [[nodiscard]] BootTable table() const { return parse_boot_table(table_text()).value(); }

  private:
    std::string directory_;
};

void per_function(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void read_inventory(benchmark::State& state) {
    const auto root = Machine::of(state.range(0)).root();
    const auto named = wanted_devices(Machine::of(state.range(0)).table());
    for (auto _ : state) {
        benchmark::DoNotOptimize(pci::read_inventory(root, named));
    }
    per_function(state);
}

void find_gpus(benchmark::State& state) {
    const auto inventory = pci::read_inventory(Machine::of(state.range(0)).root()).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(pci::find_gpus(inventory));
    }
    per_function(state);
}

void make_plan(benchmark::State& state) {
    const auto inventory = pci::read_inventory(Machine::of(state.range(0)).root()).value();
    const auto table = Machine::of(state.range(0)).table();
    for (auto _ : state) {
        benchmark::DoNotOptimize(early_bind::make_plan(inventory, table, &table.profiles.front()));
    }
    per_function(state);
}

void parse_table(benchmark::State& state) {
    const auto text = Machine::of(state.range(0)).table_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_boot_table(text));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(read_inventory)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(find_gpus)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(make_plan)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(parse_table)->Arg(100);

}  // namespace
}  // namespace early_bind::bench

BENCHMARK_MAIN();
