// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/inputs/handing.hpp"
#include "host/inputs/inputs.hpp"
#include "host/inputs/inputs_text.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;

// Capabilities as Linux shows them for real devices.
constexpr Capabilities kKeyboard{
    "120013", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", "0", "0"};
constexpr Capabilities kMouse{"17", "ff0000 0 0 0 0", "903", "0"};
constexpr Capabilities kTablet{"1f", "7 0 0 0 0 70000 0 0 0 0", "100", "3"};
constexpr Capabilities kTouchpad{"b", "e520 10000 0 0 0 0", "0", "2608000 3"};
constexpr Capabilities kPowerButton{"3", "10000000000000 0", "0", "0"};
constexpr Capabilities kLid{"21", "0", "0", "0"};
constexpr Capabilities kConsumer{"1f",
                                 "3f000301ff 0 0 483ffff17aff32d bfd4444600000000 1 130c730b17c000 "
                                 "267bfad9415fed 9e168000004400 10000002",
                                 "1040", "100000000"};
constexpr Capabilities kStylus{"1b", "1c03 0 0 0 0 0", "0", "1000003"};

void add(test::TemporaryRoot& tree, const std::string& node, const std::string& name,
         const Capabilities& capabilities, const std::string& below,
         const std::string& ids = "046d:c31c") {
    const auto folder = "sys/devices/" + below + "/input/" + node;
    tree.file(folder + "/device/name", name + "\n")
        .file(folder + "/device/capabilities/ev", std::string(capabilities.ev) + "\n")
        .file(folder + "/device/capabilities/key", std::string(capabilities.key) + "\n")
        .file(folder + "/device/capabilities/rel", std::string(capabilities.rel) + "\n")
        .file(folder + "/device/capabilities/abs", std::string(capabilities.abs) + "\n")
        .file(folder + "/device/id/bustype", "0003\n")
        .file(folder + "/device/id/vendor", ids.substr(0, 4) + "\n")
        .file(folder + "/device/id/product", ids.substr(5) + "\n")
        .link("sys/class/input/" + node, "../../devices/" + below + "/input/" + node);
}

void add_link(test::TemporaryRoot& tree, const std::string& link, const std::string& node) {
    tree.link("dev/input/" + link, "../" + node);
}

/// A keyboard that is also a mouse by its receiver, a mouse, a laptop's keyboard and touchpad, and
/// what is neither.
class InputsTest : public ::testing::Test {
  protected:
    InputsTest() {
        const std::string usb = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0";
        add(tree_, "event0", "Power Button", kPowerButton, "LNXSYSTM:00");
        add(tree_, "event1", "Lid Switch", kLid, "LNXSYSTM:00");
        add(tree_, "event2", "AT Translated Set 2 keyboard", kKeyboard, "platform/i8042/serio0",
            "0001:0001");
        add(tree_, "event3", "Logitech USB Keyboard", kKeyboard, usb);
        add(tree_, "event4", "Logitech USB Keyboard Consumer Control", kConsumer, usb);
        add(tree_, "event10", "Logitech G203", kMouse,
            "pci0000:00/0000:00:1c.0/0000:03:00.0/usb3/3-1/3-1:1.0", "046d:c084");
        add(tree_, "event9", "SynPS/2 TouchPad", kTouchpad, "platform/i8042/serio1", "0002:0007");
        tree_.directory("sys/class/input/input7").directory("sys/class/input/mouse0");
        add_link(tree_, "by-id/usb-Logitech_USB_Keyboard-event-if01", "event4");
        add_link(tree_, "by-id/usb-Logitech_USB_Keyboard-event-kbd", "event3");
        add_link(tree_, "by-id/usb-Logitech_G203-event-mouse", "event10");
        add_link(tree_, "by-id/usb-Logitech_G203-mouse", "mouse0");
        add_link(tree_, "by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd", "event3");
        add_link(tree_, "by-path/pci-0000:03:00.0-usb-0:1:1.0-event-mouse", "event10");
        add_link(tree_, "by-path/pci-0000:03:00.0-usbv2-0:1:1.0-event-mouse", "event10");
        add_link(tree_, "by-path/platform-i8042-serio-0-event-kbd", "event2");
        add_link(tree_, "by-path/platform-i8042-serio-1-event-mouse", "event9");
    }

    [[nodiscard]] std::vector<InputDevice> inputs() const { return read_inputs(tree_.root()); }

    [[nodiscard]] Texts chosen(const Texts& words) const {
        const auto selected = select_inputs(inputs(), words);
        Texts nodes;
        if (!selected) {
            return {selected.error().what};
        }
        for (const auto& input : *selected) {
            nodes.push_back(input.node);
        }
        return nodes;
    }

    test::TemporaryRoot tree_;
};

TEST(Classify, ByCapabilities) {
    const auto kind = [](const Capabilities& capabilities) {
        const auto found = classify(capabilities);
        return found ? std::string(to_string(found->kind)) : std::string("none");
    };
    EXPECT_EQ(kind(kKeyboard), "keyboard");
    EXPECT_EQ(kind(kMouse), "mouse");
    EXPECT_EQ(kind(kTablet), "mouse");
    EXPECT_EQ(kind(kTouchpad), "touchpad");
    EXPECT_EQ(kind(kPowerButton), "none");
    EXPECT_EQ(kind(kLid), "none");
    EXPECT_EQ(kind(kConsumer), "none");
    EXPECT_EQ(kind(kStylus), "none");
    EXPECT_EQ(kind({"", "", "", ""}), "none");
    EXPECT_EQ(kind({"what", "is", "this", "?"}), "none");
    EXPECT_FALSE(classify(kKeyboard)->points);
    const auto both = classify({"17", "ff0000 0 0 0 fffffffffffffffe", "903", "0"});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->kind, InputKind::keyboard);
    EXPECT_TRUE(both->points);
}

TEST_F(InputsTest, AsText) {
    const PassedBy passed = {{test::address("0000:03:00.0"), {"keep-amd", "pass-all"}}};
    EXPECT_EQ(render_inputs(inputs(), passed), R"(keyboard  AT Translated Set 2 keyboard
    /dev/input/by-path/platform-i8042-serio-0-event-kbd
    event2, behind no PCI device
keyboard  Logitech USB Keyboard
    /dev/input/by-id/usb-Logitech_USB_Keyboard-event-kbd
    event3, behind 0000:00:14.0
touchpad  SynPS/2 TouchPad
    /dev/input/by-path/platform-i8042-serio-1-event-mouse
    event9, behind no PCI device
mouse     Logitech G203
    /dev/input/by-id/usb-Logitech_G203-event-mouse
    event10, behind 0000:03:00.0
    goes to a VM with its controller in keep-amd and pass-all
)");
    EXPECT_EQ(render_inputs({}, {}), "There is no keyboard and no mouse here.\n");
}

TEST_F(InputsTest, Selected) {
    EXPECT_EQ(chosen({}), (Texts{"event2", "event3", "event10"}));
    EXPECT_EQ(chosen({"logitech"}), (Texts{"event3", "event10"}));
    EXPECT_EQ(chosen({"G203", "event2"}), (Texts{"event2", "event10"}));
    EXPECT_EQ(chosen({"03:00.0"}), (Texts{"event10"}));
    EXPECT_EQ(chosen({"touchpad"}), (Texts{"event9"}));
    EXPECT_EQ(chosen({"/dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd"}),
              (Texts{"event3"}));
    EXPECT_EQ(chosen({"logitech", "dell"}),
              (Texts{"no keyboard or mouse fits `dell`; `early-bind inputs` lists them"}));
    EXPECT_EQ(chosen({" "}),
              (Texts{"no keyboard or mouse fits ` `; `early-bind inputs` lists them"}));
}

TEST_F(InputsTest, TwoEqualOnesGoByTheirPlaces) {
    add(tree_, "event5", "Logitech G203", kMouse, "pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0",
        "046d:c084");
    add_link(tree_, "by-path/pci-0000:00:14.0-usb-0:4:1.0-event-mouse", "event5");
    const auto all = inputs();
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[2].node, "event5");
    EXPECT_EQ(all[2].path, "/dev/input/by-path/pci-0000:00:14.0-usb-0:4:1.0-event-mouse");
    EXPECT_TRUE(all[2].stable);
    EXPECT_EQ(all[4].path, "/dev/input/by-path/pci-0000:03:00.0-usb-0:1:1.0-event-mouse");
    EXPECT_TRUE(all[4].stable);
}

TEST_F(InputsTest, WithoutLinks) {
    test::TemporaryRoot tree;
    add(tree, "event0", "A keyboard\x1b[2J", kKeyboard, "virtual");
    const auto all = read_inputs(tree.root());
    EXPECT_EQ(render_inputs(all, {}),
              "keyboard  A keyboard [2J\n"
              "    /dev/input/event0  (may be another one after a boot)\n"
              "    event0, behind no PCI device\n");
}

TEST_F(InputsTest, ForLibvirt) {
    EXPECT_EQ(libvirt_inputs(select_inputs(inputs(), {"logitech"}).value(), "scrolllock"),
              "<input type='evdev'>\n"
              "  <source dev='/dev/input/by-id/usb-Logitech_USB_Keyboard-event-kbd' grab='all' "
              "grabToggle='scrolllock' repeat='on'/>\n"
              "</input>\n"
              "<input type='evdev'>\n"
              "  <source dev='/dev/input/by-id/usb-Logitech_G203-event-mouse'/>\n"
              "</input>\n");
}

TEST_F(InputsTest, ForQemu) {
    const auto all = select_inputs(inputs(), {}).value();
    EXPECT_EQ(qemu_inputs(all, "ctrl-ctrl"),
              "-object input-linux,id=kbd1,evdev=/dev/input/by-path/"
              "platform-i8042-serio-0-event-kbd,grab_all=on,repeat=on\n"
              "-object input-linux,id=kbd2,evdev=/dev/input/by-id/"
              "usb-Logitech_USB_Keyboard-event-kbd,grab_all=on,repeat=on\n"
              "-object input-linux,id=mouse1,evdev=/dev/input/by-id/"
              "usb-Logitech_G203-event-mouse\n");
    EXPECT_EQ(qemu_inputs({all[1]}, "alt-alt"),
              "-object input-linux,id=kbd1,evdev=/dev/input/by-id/"
              "usb-Logitech_USB_Keyboard-event-kbd,grab_all=on,repeat=on,grab-toggle=alt-alt\n");
}

TEST(Handing, NamesWithSigns) {
    InputDevice odd;
    odd.kind = InputKind::mouse;
    odd.path = "/dev/input/by-id/a'b,c&d<e";
    EXPECT_EQ(libvirt_inputs({odd}, "ctrl-ctrl"),
              "<input type='evdev'>\n  <source "
              "dev='/dev/input/by-id/a&apos;b,c&amp;d&lt;e'/>\n</input>\n");
    EXPECT_EQ(qemu_inputs({odd}, "ctrl-ctrl"),
              "-object 'input-linux,id=mouse1,evdev=/dev/input/by-id/a'\\''b,,c&d<e'\n");
}

TEST(Handing, TheListOfQemuConf) {
    const std::string comment =
        "# cgroup_device_acl is a list\n"
        "#cgroup_device_acl = [\n#    \"/dev/null\", \"/dev/full\",\n#    \"/dev/kvm\"\n#]\n";
    EXPECT_EQ(device_acl(comment), (Texts{"/dev/null", "/dev/full", "/dev/kvm"}));
    EXPECT_EQ(device_acl("cgroup_device_acl=[ \"/dev/null\", \"/dev/sgx\" ]\n" + comment),
              (Texts{"/dev/null", "/dev/sgx"}));
    EXPECT_EQ(device_acl(comment + "  cgroup_device_acl\t= [ \"/dev/zero\" ]"),
              (Texts{"/dev/zero"}));
    EXPECT_EQ(device_acl(""), Texts());
    EXPECT_EQ(device_acl("cgroup_device_acl"), Texts());
    EXPECT_EQ(device_acl("cgroup_device_acl = [ \"/dev/nu"), Texts());
    EXPECT_EQ(device_acl("cgroup_device_acl = [ \"/dev/nu\n\" ]"), Texts());
    EXPECT_EQ(device_acl("#"), Texts());
}

TEST_F(InputsTest, ForTheCgroup) {
    const auto mouse = select_inputs(inputs(), {"G203"}).value();
    const std::string expected =
        "cgroup_device_acl = [\n"
        "    \"/dev/null\",\n"
        "    \"/dev/input/by-id/usb-Logitech_G203-event-mouse\"\n"
        "]\n";
    EXPECT_EQ(cgroup_setting({"/dev/null"}, mouse), expected);
    EXPECT_EQ(cgroup_setting(device_acl(expected), mouse), expected) << "asked for twice";
    EXPECT_EQ(default_device_acl().size(), 7U);
}

TEST_F(InputsTest, AsJson) {
    const PassedBy passed = {{test::address("0000:03:00.0"), {"keep-amd"}}};
    EXPECT_EQ(render_inputs_json(select_inputs(inputs(), {"G203"}).value(), passed), R"({
 "schema": 1,
 "inputs": [
  {
   "kind": "mouse",
   "points": true,
   "name": "Logitech G203",
   "path": "/dev/input/by-id/usb-Logitech_G203-event-mouse",
   "stable": true,
   "links": [
    "/dev/input/by-id/usb-Logitech_G203-event-mouse",
    "/dev/input/by-path/pci-0000:03:00.0-usb-0:1:1.0-event-mouse",
    "/dev/input/by-path/pci-0000:03:00.0-usbv2-0:1:1.0-event-mouse"
   ],
   "node": "event10",
   "bus": "0003",
   "ids": "046d:c084",
   "function": "0000:03:00.0",
   "passed_by": [
    "keep-amd"
   ]
  }
 ]
}
)");
}

}  // namespace
}  // namespace early_bind
