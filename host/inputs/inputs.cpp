// SPDX-License-Identifier: MIT
#include "host/inputs/inputs.hpp"

#include <fmt/core.h>
#include <linux/input-event-codes.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr const char* kClass = "sys/class/input";

/// Bit numbers out of "1f 0 ffffffff": words of 64 bits (of the kernel's long), the highest first.
class Bits {
  public:
    explicit Bits(std::string_view text) {
        for (const auto word : text::split(text::trim(text), ' ')) {
            words_.push_back(text::parse_hex<std::uint64_t>(word).value_or(0));
        }
        std::reverse(words_.begin(), words_.end());
    }
    [[nodiscard]] bool has(unsigned bit) const {
        return bit / 64 < words_.size() && (words_[bit / 64] >> (bit % 64) & 1U) != 0;
    }
    [[nodiscard]] std::uint64_t lowest() const { return words_.front(); }

  private:
    std::vector<std::uint64_t> words_;
};

std::uint16_t hex(const sysfs::Root& root, const std::string& path) {
    return text::parse_hex<std::uint16_t>(root.read_trimmed(path)).value_or(0);
}

std::optional<unsigned> event_number(std::string_view node) {
    constexpr std::string_view kEvent = "event";
    if (!node.starts_with(kEvent)) {
        return std::nullopt;
    }
    const auto digits = node.substr(kEvent.size());
    unsigned number = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (code != std::errc{} || stop != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return number;
}

/// The last PCI function on the path of a device.
std::optional<pci::Address> function_of(std::string_view device_path) {
    std::optional<pci::Address> found;
    for (const auto hop : text::split(device_path, '/')) {
        if (const auto address = pci::parse_address(hop)) {
            found = address;
        }
    }
    return found;
}

struct Link {
    std::string path;  ///< "/dev/input/by-id/..."
    std::string node;
};

/// udev's links to event nodes, those by id first.
std::vector<Link> read_links(const sysfs::Root& root) {
    std::vector<Link> links;
    for (const char* folder : {"dev/input/by-id", "dev/input/by-path"}) {
        for (const auto& name : root.list(folder).value_or(std::vector<std::string>())) {
            const auto path = fmt::format("{}/{}", folder, name);
            if (const auto target = root.read_link(path)) {
                links.push_back({"/" + path, std::string(sysfs::base_name(*target))});
            }
        }
    }
    return links;
}

bool is_by_id(std::string_view link) {
    return link.starts_with("/dev/input/by-id/");
}

/// Whether two devices look the same to udev.
bool alike(const InputDevice& one, const InputDevice& other) {
    return std::tie(one.bus, one.vendor, one.product, one.name, one.kind) ==
           std::tie(other.bus, other.vendor, other.product, other.name, other.kind);
}

bool has_id(const InputDevice& input) {
    return std::any_of(input.links.begin(), input.links.end(),
                       [](const std::string& link) { return is_by_id(link); });
}

/// The link that a configuration should name.
void choose_path(InputDevice& input, const std::vector<InputDevice>& all) {
    const bool shared_id = std::any_of(all.begin(), all.end(), [&](const InputDevice& other) {
        return other.node != input.node && alike(input, other) && !has_id(other);
    });
    const auto better = [shared_id](const std::string& link) {
        const bool ours = link.ends_with("-event-kbd") || link.ends_with("-event-mouse");
        return std::tuple{is_by_id(link) == shared_id, !ours};
    };
    const auto best = std::min_element(
        input.links.begin(), input.links.end(),
        [&](const std::string& a, const std::string& b) { return better(a) < better(b); });
    input.stable = best != input.links.end() && !(shared_id && is_by_id(*best));
    input.path = best != input.links.end() ? *best : "/dev/input/" + input.node;
}

bool fits(const InputDevice& input, std::string_view word) {
    const auto wanted = text::lower_case(word);
    const auto has = [&wanted](std::string_view where) {
        return text::lower_case(where).find(wanted) != std::string::npos;
    };
    const auto address = input.function ? to_string(*input.function) : std::string();
    return has(input.name) || has(input.path) || wanted == input.node || wanted == address ||
           "0000:" + wanted == address || std::any_of(input.links.begin(), input.links.end(), has);
}

}  // namespace

std::string_view to_string(InputKind kind) {
    switch (kind) {
        case InputKind::keyboard:
            return "keyboard";
        case InputKind::mouse:
            return "mouse";
        case InputKind::touchpad:
            return "touchpad";
    }
    return "";
}

std::optional<InputClass> classify(const Capabilities& capabilities) {
    const Bits ev(capabilities.ev);
    const Bits key(capabilities.key);
    const Bits rel(capabilities.rel);
    const Bits abs(capabilities.abs);
    if (!ev.has(EV_KEY)) {
        return std::nullopt;
    }
    // KEY_ESC to KEY_S, which buttons and remote controls have not all of.
    constexpr std::uint64_t kLetters = 0xfffffffe;
    const bool moves = ev.has(EV_REL) && rel.has(REL_X) && rel.has(REL_Y);
    const bool touches = ev.has(EV_ABS) && abs.has(ABS_X) && abs.has(ABS_Y);
    const bool mouse = moves && key.has(BTN_LEFT);
    if ((key.lowest() & kLetters) == kLetters) {
        return InputClass{InputKind::keyboard, mouse};
    }
    const bool pen = key.has(BTN_TOOL_PEN) || key.has(BTN_STYLUS);
    if (touches && !pen && key.has(BTN_TOOL_FINGER)) {
        return InputClass{InputKind::touchpad, true};
    }
    if (mouse || (touches && !pen && key.has(BTN_LEFT))) {
        return InputClass{InputKind::mouse, true};
    }
    return std::nullopt;
}

std::vector<InputDevice> read_inputs(const sysfs::Root& root) {
    std::vector<InputDevice> inputs;
    const auto links = read_links(root);
    for (const auto& node : root.list(kClass).value_or(std::vector<std::string>())) {
        const auto folder = fmt::format("{}/{}/device", kClass, node);
        if (!event_number(node)) {
            continue;
        }
        const auto ev = root.read_trimmed(folder + "/capabilities/ev");
        const auto key = root.read_trimmed(folder + "/capabilities/key");
        const auto rel = root.read_trimmed(folder + "/capabilities/rel");
        const auto abs = root.read_trimmed(folder + "/capabilities/abs");
        const auto found = classify({ev, key, rel, abs});
        if (!found) {
            continue;
        }
        InputDevice input;
        input.node = node;
        input.kind = found->kind;
        input.points = found->points;
        input.name = text::printable(root.read_trimmed(folder + "/name"));
        input.bus = hex(root, folder + "/id/bustype");
        input.vendor = hex(root, folder + "/id/vendor");
        input.product = hex(root, folder + "/id/product");
        if (const auto place = root.read_link(fmt::format("{}/{}", kClass, node))) {
            input.function = function_of(*place);
        }
        for (const auto& link : links) {
            if (link.node == node) {
                input.links.push_back(link.path);
            }
        }
        inputs.push_back(std::move(input));
    }
    std::sort(inputs.begin(), inputs.end(), [](const InputDevice& a, const InputDevice& b) {
        return event_number(a.node) < event_number(b.node);
    });
    for (auto& input : inputs) {
        choose_path(input, inputs);
    }
    return inputs;
}

Result<std::vector<InputDevice>> select_inputs(const std::vector<InputDevice>& inputs,
                                               const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (text::trim(word).empty() ||
            std::none_of(inputs.begin(), inputs.end(), [&word](const InputDevice& input) {
                return fits(input, text::trim(word));
            })) {
            return fail(
                fmt::format("no keyboard or mouse fits `{}`; `early-bind inputs` lists them",
                            text::printable(word.substr(0, 80))));
        }
    }
    std::vector<InputDevice> chosen;
    std::copy_if(inputs.begin(), inputs.end(), std::back_inserter(chosen),
                 [&words](const InputDevice& input) {
                     return words.empty() ? input.kind != InputKind::touchpad
                                          : std::any_of(words.begin(), words.end(),
                                                        [&input](const std::string& word) {
                                                            return fits(input, text::trim(word));
                                                        });
                 });
    return chosen;
}

}  // namespace early_bind
