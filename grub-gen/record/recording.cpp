// SPDX-License-Identifier: MIT
#include "grub-gen/record/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/cpu_list.hpp"
#include "core/text.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using pci::Address;

constexpr int kSchema = 1;
constexpr std::array<std::string_view, 5> kIommus = {"none", "intel", "amd", "arm-smmu", "other"};

bool is_file_name(std::string_view name) {
    constexpr std::size_t kLongest = 255;
    return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && text::printable(name) == name;
}

std::optional<int> parse_decimal(std::string_view digits) {
    int number = -1;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = code == std::errc{} && stop == digits.data() + digits.size() && number >= 0;
    return whole ? std::optional<int>(number) : std::nullopt;
}

/// "line 3, column 1" of the byte with this number, counted from one.
std::string place_in(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte == 0 ? 0 : std::min(byte - 1, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto start = before.rfind('\n');
    const auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
    return fmt::format("line {}, column {}", line, column);
}

/// Takes values out of JSON objects. What is wrong first is kept, and defaults stand in for it, so
/// that the readers below need not look at every step.
class Reader {
  public:
    [[nodiscard]] const std::string& fault() const { return fault_; }

    void complain(const std::string& where, std::string_view what) {
        if (fault_.empty()) {
            fault_ = fmt::format("{} {}", where, what);
        }
    }

    /// The value of a key; null when there is none.
    static const json& value(const json& object, const char* key) {
        static const json kNull;
        const auto found = object.find(key);
        return found == object.end() ? kNull : *found;
    }

    std::string text(const json& value, const std::string& where) {
        if (value.is_null()) {
            return {};
        }
        if (!value.is_string()) {
            complain(where, "is no text");
            return {};
        }
        return text::printable(value.get_ref<const std::string&>());
    }

    /// Text that becomes the name of a file.
    std::string name(const json& value, const std::string& where) {
        auto name = text(value, where);
        if (!name.empty() && !is_file_name(name)) {
            complain(where, "is no plain name");
            name.clear();
        }
        return name;
    }

    std::string required_name(const json& value, const std::string& where) {
        if (value.is_null()) {
            complain(where, "is missing");
        }
        return name(value, where);
    }

    std::optional<Address> address(const json& value, const std::string& where) {
        if (value.is_null()) {
            return std::nullopt;
        }
        const auto address = pci::parse_address(text(value, where));
        if (!address) {
            complain(where, "is no PCI address");
        }
        return address;
    }

    template <class Unsigned>
    Unsigned hex(const json& value, const std::string& where, std::uint32_t most) {
        const std::string digits = text(value, where);
        const auto number =
            digits.starts_with("0x") ? text::parse_hex<std::uint32_t>(digits.substr(2)) : 0;
        if ((!digits.empty() && !digits.starts_with("0x")) || !number || *number > most) {
            complain(where, fmt::format("is no hexadecimal number up to 0x{:x}", most));
            return 0;
        }
        return static_cast<Unsigned>(*number);
    }

    std::optional<std::uint64_t> number(const json& value, const std::string& where,
                                        std::uint64_t most) {
        if (value.is_null()) {
            return std::nullopt;
        }
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
            complain(where, fmt::format("is no number from 0 to {}", most));
            return std::nullopt;
        }
        return value.get<std::uint64_t>();
    }

    std::optional<int> small_number(const json& value, const std::string& where) {
        const auto found = number(value, where, std::numeric_limits<int>::max());
        return found ? std::optional<int>(static_cast<int>(*found)) : std::nullopt;
    }

    std::optional<bool> zero_or_one(const json& value, const std::string& where) {
        const auto found = number(value, where, 1);
        return found ? std::optional<bool>(*found == 1) : std::nullopt;
    }

    std::string cpu_list(const json& value, const std::string& where) {
        auto list = text(value, where);
        if (!parse_cpu_list(list)) {
            complain(where, "is no list of CPUs such as \"0-3,8\"");
            list.clear();
        }
        return list;
    }

    /// Calls for every element of a list, with its place.
    template <class Call>
    void each(const json& list, const std::string& where, Call call) {
        if (list.is_null()) {
            return;
        }
        if (!list.is_array()) {
            complain(where, "is no list");
            return;
        }
        for (std::size_t i = 0; i < list.size(); ++i) {
            call(list[i], fmt::format("{}[{}]", where, i));
        }
    }

    template <class Call>
    void each_object(const json& list, const std::string& where, Call call) {
        each(list, where, [this, &call](const json& value, const std::string& place) {
            if (value.is_object()) {
                call(value, place);
            } else {
                complain(place, "is no object");
            }
        });
    }

    /// Calls for every member of an object, with its place.
    template <class Call>
    void each_member(const json& object, const std::string& where, Call call) {
        if (object.is_null()) {
            return;
        }
        if (!object.is_object()) {
            complain(where, "is no object");
            return;
        }
        for (const auto& [key, value] : object.items()) {
            call(key, value, fmt::format("{}.{}", where, text::printable(key)));
        }
    }

  private:
    std::string fault_;
};

RecordedFunction read_function(Reader& reader, const json& object, const std::string& where) {
    constexpr std::uint32_t kWord = 0xffff;
    const auto value = [&object](const char* key) -> const json& {
        return Reader::value(object, key);
    };
    const auto word = [&](const char* key) {
        return reader.hex<std::uint16_t>(value(key), where + "." + key, kWord);
    };
    RecordedFunction function;
    if (const auto address = reader.address(value("slot"), where + ".slot")) {
        function.address = *address;
    } else {
        reader.complain(where, "has no slot");
    }
    function.ids = {word("vendor"), word("device"), word("subsystem_vendor"),
                    word("subsystem_device")};
    function.class_code.value =
        reader.hex<std::uint32_t>(value("class"), where + ".class", 0xffffff);
    function.revision = reader.hex<std::uint8_t>(value("revision"), where + ".revision", 0xff);
    function.driver = reader.name(value("driver"), where + ".driver");
    function.group = reader.small_number(value("iommu_group"), where + ".iommu_group");
    function.boot_vga = reader.zero_or_one(value("boot_vga"), where + ".boot_vga");
    function.boot_display =
        reader.zero_or_one(value("boot_display"), where + ".boot_display").value_or(false);
    function.parent = reader.address(value("parent"), where + ".parent");
    function.physfn = reader.address(value("physfn"), where + ".physfn");
    function.numa_node = reader.small_number(value("numa_node"), where + ".numa_node");
    function.label = reader.text(value("label"), where + ".label");
    reader.each_member(value("connectors"), where + ".connectors",
                       [&](const std::string& key, const json& state, const std::string& place) {
                           function.connectors[reader.name(key, place)] = reader.text(state, place);
                       });
    return function;
}

void read_bridges(Reader& reader, const json& object, Recording& recording) {
    reader.each_member(Reader::value(object, "root_bus_parent"), "root_bus_parent",
                       [&](const std::string& key, const json& value, const std::string& place) {
                           const auto above = reader.address(value, place);
                           if (!root_bus_name("pci" + key)) {
                               reader.complain(place, "is no PCI bus");
                           } else if (!above) {
                               reader.complain(place, "is missing");
                           } else {
                               recording.root_bus_parents[key] = *above;
                           }
                       });
    reader.each_member(Reader::value(object, "missing_bridges"), "missing_bridges",
                       [&](const std::string& key, const json& value, const std::string& place) {
                           if (const auto bridge = reader.address(key, place)) {
                               recording.missing_bridges[*bridge] = reader.address(value, place);
                           }
                       });
}

void read_virtual_groups(Reader& reader, const json& object, Recording& recording) {
    reader.each_member(Reader::value(object, "virtual_groups"), "virtual_groups",
                       [&](const std::string& key, const json& value, const std::string& place) {
                           const auto number = parse_decimal(key);
                           if (!number || std::to_string(*number) != key || !value.is_object()) {
                               reader.complain(place, "is no IOMMU group");
                               return;
                           }
                           recording.virtual_groups[*number] = {
                               reader.required_name(Reader::value(value, "name"), place + ".name"),
                               reader.address(Reader::value(value, "parent"), place + ".parent")};
                       });
}

void read_framebuffers(Reader& reader, const json& object, Recording& recording) {
    reader.each_object(
        Reader::value(object, "framebuffers"), "framebuffers",
        [&](const json& value, const std::string& place) {
            recording.framebuffers.push_back(
                {reader.required_name(Reader::value(value, "name"), place + ".name"),
                 reader.required_name(Reader::value(value, "driver"), place + ".driver"),
                 reader.address(Reader::value(value, "owner"), place + ".owner")});
        });
}

void read_carriers(Reader& reader, const json& object, Recording& recording) {
    const json& carriers = Reader::value(object, "carriers");
    if (carriers.is_null()) {
        return;
    }
    auto& read = recording.carriers.emplace();
    reader.each_member(
        carriers, "carriers",
        [&](const std::string& key, const json& value, const std::string& place) {
            const auto function = reader.address(key, place);
            reader.each(value, place, [&](const json& word, const std::string& word_place) {
                auto text = reader.text(word, word_place);
                if (!is_recorded_burden(text)) {
                    reader.complain(word_place, "is no mount point of a system, `other` or `swap`");
                } else if (function) {
                    read[*function].push_back(std::move(text));
                }
            });
        });
}

void read_memory(Reader& reader, const json& object, Recording& recording) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() / 1024;
    const json& memory = Reader::value(object, "memory");
    if (memory.is_null()) {
        return;
    }
    if (!memory.is_object()) {
        reader.complain("memory", "is no object");
        return;
    }
    RecordedMemory read;
    read.total_kib =
        reader.number(Reader::value(memory, "total_kib"), "memory.total_kib", kMost).value_or(0);
    reader.each_object(
        Reader::value(memory, "nodes"), "memory.nodes",
        [&](const json& value, const std::string& place) {
            read.nodes.push_back(
                {reader.small_number(Reader::value(value, "node"), place + ".node").value_or(0),
                 reader.number(Reader::value(value, "total_kib"), place + ".total_kib", kMost)
                     .value_or(0),
                 reader.cpu_list(Reader::value(value, "cpus"), place + ".cpus")});
        });
    recording.memory = std::move(read);
}

void read_cpus(Reader& reader, const json& object, Recording& recording) {
    const json& cpus = Reader::value(object, "cpus");
    if (cpus.is_null()) {
        return;
    }
    if (!cpus.is_object()) {
        reader.complain("cpus", "is no object");
        return;
    }
    RecordedCpus read;
    read.possible = reader.cpu_list(Reader::value(cpus, "possible"), "cpus.possible");
    read.online = reader.cpu_list(Reader::value(cpus, "online"), "cpus.online");
    reader.each(Reader::value(cpus, "threads"), "cpus.threads",
                [&](const json& value, const std::string& place) {
                    read.threads.push_back(reader.cpu_list(value, place));
                });
    reader.each(Reader::value(cpus, "flags"), "cpus.flags",
                [&](const json& value, const std::string& place) {
                    read.flags.push_back(reader.text(value, place));
                });
    read.vendor = reader.text(Reader::value(cpus, "vendor"), "cpus.vendor");
    recording.cpus = std::move(read);
}

Recording read_recording(Reader& reader, const json& object) {
    Recording recording;
    if (!object.is_object()) {
        reader.complain("it", "is no JSON object");
        return recording;
    }
    const auto schema = reader.number(Reader::value(object, "schema"), "schema", kSchema);
    if (schema && *schema != kSchema) {
        reader.complain("schema", fmt::format("is not {}", kSchema));
    }
    if (!Reader::value(object, "devices").is_array()) {
        reader.complain("it", "has no list `devices`");
    }
    recording.iommu = reader.text(Reader::value(object, "iommu"), "iommu");
    if (std::find(kIommus.begin(), kIommus.end(), recording.iommu) == kIommus.end()) {
        reader.complain("iommu",
                        "is none of \"none\", \"intel\", \"amd\", \"arm-smmu\", \"other\"");
    }
    reader.each_object(Reader::value(object, "devices"), "devices",
                       [&](const json& value, const std::string& place) {
                           recording.functions.push_back(read_function(reader, value, place));
                       });
    read_bridges(reader, object, recording);
    read_virtual_groups(reader, object, recording);
    read_framebuffers(reader, object, recording);
    read_carriers(reader, object, recording);
    recording.kernel = reader.text(Reader::value(object, "kernel"), "kernel");
    recording.command_line = reader.text(Reader::value(object, "cmdline"), "cmdline");
    reader.each(Reader::value(object, "firmware"), "firmware",
                [&](const json& value, const std::string& place) {
                    recording.firmware.push_back(reader.required_name(value, place));
                });
    read_memory(reader, object, recording);
    read_cpus(reader, object, recording);
    return recording;
}

/// What names a function must name one that is there.
Result<void> check_names(const Recording& recording,
                         const std::map<Address, std::string>& directories) {
    const auto known = [&directories](const std::optional<Address>& address) {
        return !address || directories.contains(*address);
    };
    for (const auto& function : recording.functions) {
        if (!known(function.physfn)) {
            return fail(fmt::format("{} is virtual below {}, which is not there",
                                    to_string(function.address), to_string(*function.physfn)));
        }
    }
    for (const auto& [number, group] : recording.virtual_groups) {
        if (!known(group.parent)) {
            return fail(fmt::format("IOMMU group {} is below {}, which is not there", number,
                                    to_string(*group.parent)));
        }
    }
    for (const auto& [carrier, words] :
         recording.carriers.value_or(std::map<Address, std::vector<std::string>>())) {
        if (!known(carrier)) {
            return fail(fmt::format("{} carries {} and is not there", to_string(carrier),
                                    text::join_words(words)));
        }
    }
    for (const auto& framebuffer : recording.framebuffers) {
        if (!known(framebuffer.owner)) {
            return fail(fmt::format("{} is on {}, which is not there", framebuffer.name,
                                    to_string(*framebuffer.owner)));
        }
    }
    return {};
}

/// Finds directories from the top down.
class PathFinder {
  public:
    explicit PathFinder(const Recording& recording)
        : recording_(recording), above_(recording.missing_bridges) {
        for (const auto& function : recording.functions) {
            above_[function.address] = function.parent;
        }
    }

    Result<std::map<Address, std::string>> find() {
        for (const auto& [address, unused] : above_) {
            if (auto done = find(address); !done) {
                return tl::unexpected(done.error());
            }
        }
        return std::move(paths_);
    }

  private:
    static std::string bus(const Address& address) {
        return fmt::format("{:04x}:{:02x}", address.domain, address.bus);
    }

    /// What the directory of a function is in: a function, or nothing above a root bus.
    [[nodiscard]] std::optional<Address> holder(const Address& address) const {
        if (const auto& parent = above_.at(address)) {
            return parent;
        }
        const auto nested = recording_.root_bus_parents.find(bus(address));
        return nested == recording_.root_bus_parents.end() ? std::nullopt
                                                           : std::optional(nested->second);
    }

    /// The chain up to what is known or a root bus, then the paths down again: no recursion, since
    /// a file may hold a chain of any length.
    Result<void> find(const Address& address) {
        std::vector<Address> chain;
        std::set<Address> seen;
        for (std::optional<Address> next = address; next && !paths_.contains(*next);
             next = holder(*next)) {
            if (!above_.contains(*next)) {
                return fail(fmt::format("{} is below {}, which is not there",
                                        to_string(chain.back()), to_string(*next)));
            }
            if (!seen.insert(*next).second) {
                return fail(fmt::format("{} is below itself", to_string(*next)));
            }
            chain.push_back(*next);
        }
        for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
            const auto above = holder(*step);
            std::string path = above ? paths_.at(*above) : std::string("sys/devices");
            if (!above_.at(*step)) {
                path += "/pci" + bus(*step);
            }
            path += "/" + to_string(*step);
            constexpr std::size_t kLongest = 2048;  // of the 4096 bytes that a path may have
            if (path.size() > kLongest) {
                return fail(fmt::format("{} is below too many bridges", to_string(*step)));
            }
            paths_[*step] = std::move(path);
        }
        return {};
    }

    const Recording& recording_;
    std::map<Address, std::optional<Address>> above_;
    std::map<Address, std::string> paths_;
};

ordered_json address_json(const std::optional<Address>& address) {
    return address ? ordered_json(to_string(*address)) : ordered_json();
}

ordered_json function_json(const RecordedFunction& function) {
    const auto word = [](std::uint16_t number) { return fmt::format("0x{:04x}", number); };
    ordered_json out;
    out["slot"] = to_string(function.address);
    out["class"] = fmt::format("0x{:06x}", function.class_code.value);
    out["vendor"] = word(function.ids.vendor);
    out["device"] = word(function.ids.device);
    out["subsystem_vendor"] = word(function.ids.subsystem_vendor);
    out["subsystem_device"] = word(function.ids.subsystem_device);
    out["revision"] = fmt::format("0x{:02x}", function.revision);
    out["driver"] = function.driver.empty() ? ordered_json() : ordered_json(function.driver);
    out["iommu_group"] = function.group ? ordered_json(*function.group) : ordered_json();
    out["boot_vga"] = function.boot_vga ? ordered_json(*function.boot_vga ? 1 : 0) : ordered_json();
    if (function.boot_display) {
        out["boot_display"] = 1;
    }
    out["parent"] = address_json(function.parent);
    if (function.physfn) {
        out["physfn"] = to_string(*function.physfn);
    }
    if (function.numa_node) {
        out["numa_node"] = *function.numa_node;
    }
    if (!function.connectors.empty()) {
        out["connectors"] = function.connectors;
    }
    out["label"] = function.label;
    return out;
}

ordered_json memory_json(const RecordedMemory& memory) {
    ordered_json nodes = ordered_json::array();
    for (const auto& node : memory.nodes) {
        nodes.push_back({{"node", node.node}, {"total_kib", node.total_kib}, {"cpus", node.cpus}});
    }
    return {{"total_kib", memory.total_kib}, {"nodes", std::move(nodes)}};
}

ordered_json cpus_json(const RecordedCpus& cpus) {
    return {{"possible", cpus.possible},
            {"online", cpus.online},
            {"threads", cpus.threads},
            {"flags", cpus.flags},
            {"vendor", cpus.vendor}};
}

/// The odd things, each only where it is.
void add_extras(ordered_json& out, const Recording& recording) {
    for (const auto& [bus, parent] : recording.root_bus_parents) {
        out["root_bus_parent"][bus] = to_string(parent);
    }
    for (const auto& [bridge, parent] : recording.missing_bridges) {
        out["missing_bridges"][to_string(bridge)] = address_json(parent);
    }
    for (const auto& [number, group] : recording.virtual_groups) {
        out["virtual_groups"][std::to_string(number)] = {{"name", group.name},
                                                         {"parent", address_json(group.parent)}};
    }
    for (const auto& framebuffer : recording.framebuffers) {
        out["framebuffers"].push_back({{"name", framebuffer.name},
                                       {"driver", framebuffer.driver},
                                       {"owner", address_json(framebuffer.owner)}});
    }
    if (recording.carriers) {
        auto& carriers = out["carriers"] = ordered_json::object();
        for (const auto& [function, words] : *recording.carriers) {
            carriers[to_string(function)] = words;
        }
    }
    if (recording.memory) {
        out["memory"] = memory_json(*recording.memory);
    }
    if (recording.cpus) {
        out["cpus"] = cpus_json(*recording.cpus);
    }
}

/// One line. Bytes that are no UTF-8 become question marks in a box.
std::string line(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

bool is_recorded_burden(std::string_view word) {
    return is_system_point(word) || word == "other" || word == "swap";
}

std::optional<std::string> root_bus_name(std::string_view directory) {
    if (!directory.starts_with("pci")) {
        return std::nullopt;
    }
    std::string bus(directory.substr(3));
    return pci::parse_address(bus + ":00.0") ? std::optional(std::move(bus)) : std::nullopt;
}

Result<Recording> parse_recording(std::string_view text) {
    json document;
    try {
        document = json::parse(text.begin(), text.end());
    } catch (const json::parse_error& error) {
        return fail(place_in(text, error.byte) + " is not JSON");
    } catch (const json::exception&) {
        return fail("it holds a number that is too large");
    }
    Reader reader;
    auto recording = read_recording(reader, document);
    if (!reader.fault().empty()) {
        return fail(reader.fault());
    }
    const auto by_address = [](const RecordedFunction& a, const RecordedFunction& b) {
        return a.address < b.address;
    };
    auto& functions = recording.functions;
    std::stable_sort(functions.begin(), functions.end(), by_address);
    const auto twice =
        std::adjacent_find(functions.begin(), functions.end(),
                           [](const auto& a, const auto& b) { return a.address == b.address; });
    if (twice != functions.end()) {
        return fail(fmt::format("{} is there twice", to_string(twice->address)));
    }
    const auto directories = device_paths(recording);
    if (!directories) {
        return tl::unexpected(directories.error());
    }
    if (const auto good = check_names(recording, *directories); !good) {
        return tl::unexpected(good.error());
    }
    return recording;
}

std::string render_recording(const Recording& recording) {
    ordered_json head;
    head["schema"] = kSchema;
    head["source"] = "grub-gen record";
    head["kernel"] = recording.kernel;
    head["cmdline"] = recording.command_line;
    head["firmware"] = recording.firmware;
    head["iommu"] = recording.iommu;
    add_extras(head, recording);
    std::string out = "{\n";
    for (const auto& [key, value] : head.items()) {
        out += fmt::format(" \"{}\": {},\n", key, line(value));
    }
    out += " \"devices\": [";
    std::string_view comma = "\n";
    for (const auto& function : recording.functions) {
        out += fmt::format("{}  {}", comma, line(function_json(function)));
        comma = ",\n";
    }
    return out + "\n ]\n}\n";
}

Result<std::map<Address, std::string>> device_paths(const Recording& recording) {
    return PathFinder(recording).find();
}

}  // namespace early_bind
