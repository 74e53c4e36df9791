// SPDX-License-Identifier: MIT
#include "grub-gen/gpu_selector.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/pci/selector.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Gpu;

bool fits_name(std::string_view words, const std::string& name) {
    const auto lower_name = text::lower_case(name);
    const auto lower_words = text::lower_case(words);
    const auto all = text::split(lower_words, ' ');
    return std::all_of(all.begin(), all.end(), [&lower_name](std::string_view word) {
        return lower_name.find(word) != std::string::npos;
    });
}

bool has_any(const Gpu& gpu, const std::vector<pci::Address>& functions) {
    return std::any_of(functions.begin(), functions.end(), [&gpu](const pci::Address& address) {
        return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
    });
}

}  // namespace

Result<const Gpu*> select_gpu(std::string_view selector, const pci::Inventory& inventory,
                              const std::vector<Gpu>& gpus, const Names& names) {
    const auto name_of = [&](const Gpu& gpu) {
        return names.gpu_name(inventory.find(gpu.address)->identity.ids);
    };
    const auto list = [&](const std::vector<const Gpu*>& some) {
        std::vector<std::string> words;
        words.reserve(some.size());
        for (const auto* gpu : some) {
            words.push_back(fmt::format("{} ({})", to_string(gpu->address), name_of(*gpu)));
        }
        return words.empty() ? std::string("none") : text::join_words(words);
    };
    const auto functions = pci::select(selector, inventory);
    const auto words = text::trim(selector);
    std::vector<const Gpu*> all;
    std::vector<const Gpu*> matching;
    for (const auto& gpu : gpus) {
        all.push_back(&gpu);
        if (functions ? has_any(gpu, *functions)
                      : !words.empty() && fits_name(words, name_of(gpu))) {
            matching.push_back(&gpu);
        }
    }
    const auto shown = text::printable(words.substr(0, 80));
    if (matching.empty()) {
        return fail(fmt::format("no GPU fits `{}`; the GPUs are {}", shown, list(all)));
    }
    if (matching.size() > 1) {
        return fail(fmt::format("several GPUs fit `{}`, name one by its address: {}", shown,
                                list(matching)));
    }
    return matching.front();
}

}  // namespace early_bind
