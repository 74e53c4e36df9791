// SPDX-License-Identifier: MIT
#include "grub-gen/record/recording.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/cpu_list.hpp"
#include "core/text.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {
namespace {

using nlohmann::json;
using pci::Address;

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
    const auto schema = reader.number(Reader::value(object, "schema"), "schema", kRecordingSchema);
    if (schema && *schema != kRecordingSchema) {
        reader.complain("schema", fmt::format("is not {}", kRecordingSchema));
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

}  // namespace

bool is_recorded_burden(std::string_view word) {
    return is_system_point(word) || word == "other" || word == "swap";
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

}  // namespace early_bind
