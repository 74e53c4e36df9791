// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_include.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "grub-gen/entries.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/grub_bls_loader.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

TableFunction function(const std::string& identity, const std::string& address) {
    return {*pci::parse_identity(identity), *pci::parse_address(address)};
}

/// Two cards, which no PCI id database knows by their ids.
BootTable make_table() {
    BootTable table;
    table.gpus = {{"AMD Radeon RX 480",
                   {function("pci0000:00/01.0/00.0 f1f1:67df 1002:0b37 030000", "0000:01:00.0")}},
                  {"NVIDIA GeForce RTX 2080 Ti",
                   {function("pci0000:00/02.0/00.0 f1f1:1e04 10de:1e04 030000", "0000:02:00.0")}}};
    table.profiles = {{"keep-amd", Status::ok, {0}, {1}, {"hugepages=16"}},
                      {"keep-nvidia", Status::impossible, {1}, {0}, {}},
                      {"pass-all", Status::no_group, {}, {0, 1}, {}}};
    return table;
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// The include of a distribution's tree (NAME/), whole (NAME.expected.cfg). With
/// EARLY_BIND_UPDATE_EXPECTED in the environment the latter is written anew: read it before you
/// keep it.
class LoaderTree : public testing::TestWithParam<const char*> {};

TEST_P(LoaderTree, IncludeOfItsEntries) {
    const std::string tree = std::string(EARLY_BIND_TEST_DATA) + "/loader/" + GetParam();
    const auto root = sysfs::Root::open(tree);
    ASSERT_TRUE(root) << root.error().what;
    auto table = make_table();
    table.revision = "0123abcd";
    Strings warnings;
    const auto include = make_bls_include(*root, table, warnings);
    EXPECT_EQ(warnings, Strings{});
    if (std::getenv("EARLY_BIND_UPDATE_EXPECTED") != nullptr) {
        std::ofstream(tree + ".expected.cfg") << include;
    }
    EXPECT_NE(include, "");
    EXPECT_EQ(include, read_file(tree + ".expected.cfg"));
}

INSTANTIATE_TEST_SUITE_P(All, LoaderTree, testing::Values("fedora-43", "rhel-9"));

/// A root whose GRUB takes its entries from BLS files, with a table. Its grub2-mkconfig would
/// fail if it were run: nothing runs in another root than `/` but by chroot.
class BlsRoot : public testing::Test {
  protected:
    BlsRoot() {
        t_.file("etc/grub.d/10_linux", "blscfg\n");
        t_.file("boot/grub2/grub.cfg", "set timeout=5\n" + std::string(kStub));
        t_.file("sys/firmware/acpi/tables/IVRS", "");
        kernel("m-6.17.9-1", "6.17.9-1");
        auto table = make_table();
        t_.file(kBootTablePath, render_boot_table(table));
        revision_ = table.revision;
    }

    void kernel(const std::string& id, const std::string& version) {
        t_.file("boot/loader/entries/" + id + ".conf",
                "title T\nlinux /vmlinuz-" + version + "\ninitrd /i\noptions ro\n");
    }

    [[nodiscard]] std::string include() const { return t_.content("boot/grub2/early-bind.cfg"); }

    static constexpr const char* kStub =
        "if [ -f \"${config_directory}/early-bind.cfg\" ]; then\n"
        "\tsource \"${config_directory}/early-bind.cfg\"\nfi\n";

    test::TemporaryRoot t_;
    std::string revision_;
};

Strings said;
void hear(const std::string& sentence) {
    said.push_back(sentence);
}

TEST_F(BlsRoot, IncludeFollowsTheKernels) {
    const auto root = t_.root();
    const GrubBlsLoader loader(root);
    const auto entries = t_.content("boot/loader/entries/m-6.17.9-1.conf");
    said.clear();
    ASSERT_TRUE(loader.update(hear));
    EXPECT_EQ(said, (Strings{t_.path("boot/grub2/early-bind.cfg") + " has the GPU layouts"}));
    EXPECT_EQ(*loader.find_entry("keep-amd"), "early-bind>early-bind-keep-amd-6.17.9-1");
    EXPECT_EQ(*loader.find_entry("keep-nvidia"), "");

    kernel("m-6.17.10-1", "6.17.10-1");
    ASSERT_TRUE(loader.update(hear));
    EXPECT_EQ(*loader.find_entry("keep-amd"), "early-bind>early-bind-keep-amd-6.17.10-1");
    EXPECT_NE(include().find("'Linux 6.17.9-1: Host keeps AMD Radeon RX 480; "), std::string::npos);

    std::filesystem::remove(t_.path("boot/loader/entries/m-6.17.10-1.conf"));
    ASSERT_TRUE(loader.update(hear));
    EXPECT_EQ(*loader.find_entry("keep-amd"), "early-bind>early-bind-keep-amd-6.17.9-1");
    EXPECT_EQ(t_.content("boot/loader/entries/m-6.17.9-1.conf"), entries);
    EXPECT_EQ(t_.content("boot/grub2/grub.cfg"), "set timeout=5\n" + std::string(kStub));
}

TEST_F(BlsRoot, MenuHasTheStockEntriesAndOurs) {
    const auto root = t_.root();
    const GrubBlsLoader loader(root);
    ASSERT_TRUE(loader.update(hear));
    const auto menu = loader.read_menu();
    ASSERT_TRUE(menu) << menu.error().what;
    Strings ids;
    for (const auto& entry : menu->entries.entries) {
        ids.push_back(entry.id);
        EXPECT_EQ(entry.kernel_version, "6.17.9-1");
    }
    EXPECT_EQ(ids, (Strings{"m-6.17.9-1", "early-bind-keep-amd-6.17.9-1",
                            "early-bind-pass-all-6.17.9-1"}));
    EXPECT_EQ(menu->timeout, (MenuTimeout{"", "5"}));
    t_.file("boot/grub2/grub.cfg", "set timeout=5\n");
    EXPECT_EQ(loader.read_menu()->entries.entries.size(), 1U) << "an include that nothing sources";
}

TEST_F(BlsRoot, IncludeGoesWithTheTable) {
    const auto root = t_.root();
    const GrubBlsLoader loader(root);
    ASSERT_TRUE(loader.update(hear));
    EXPECT_TRUE(t_.has("boot/grub2/early-bind.cfg"));
    std::filesystem::remove(t_.path(kBootTablePath));
    t_.file("boot/grub2/grub.cfg", "set timeout=5\n");  // as grub2-mkconfig would leave it
    ASSERT_TRUE(loader.update(hear));
    EXPECT_FALSE(t_.has("boot/grub2/early-bind.cfg"));
}

TEST_F(BlsRoot, PreviewShowsTheIncludeAndWritesNothing) {
    const auto root = t_.root();
    const GrubBlsLoader loader(root);
    const auto text = t_.content(kBootTablePath);
    const auto diff = loader.preview(text);
    ASSERT_TRUE(diff) << diff.error().what;
    EXPECT_NE(diff->find("+++ " + t_.path("boot/grub2/early-bind.cfg")), std::string::npos)
        << *diff;
    EXPECT_FALSE(t_.has("boot/grub2/early-bind.cfg"));
    ASSERT_TRUE(loader.update(hear));
    EXPECT_EQ(*loader.preview(text), "");
}

TEST_F(BlsRoot, DamagedTableIsAnError) {
    t_.file(kBootTablePath, "early-bind-table 1\nnonsense\n");
    const auto root = t_.root();
    EXPECT_EQ(GrubBlsLoader(root).update(hear).error().what,
              "the boot table " + t_.path(kBootTablePath) +
                  " cannot be used: line 2: unknown record `nonsense`; `grub-gen apply` writes "
                  "it");
}

TEST_F(BlsRoot, ChoicesAreInItsOwnEnvironment) {
    const auto root = t_.root();
    const GrubBlsLoader loader(root);
    ASSERT_TRUE(loader.set_default("keep-amd"));
    EXPECT_EQ(*loader.current_default(), "keep-amd");
    EXPECT_EQ(t_.content("boot/grub2/grubenv").size(), 1024U);
    ASSERT_TRUE(loader.forget_choices());
    EXPECT_EQ(*loader.current_default(), "");
}

/// What 42_early-bind has grub-gen do inside of grub2-mkconfig.
class BlsEntriesCommand : public BlsRoot {
  protected:
    BlsEntriesCommand() {
        ::setenv("GRUB_DEVICE", "/dev/sda2", 1);
        ::setenv("GRUB_DEVICE_BOOT", "/dev/sda1", 1);
        ::setenv("pkgdatadir", t_.path("lib").c_str(), 1);
        t_.file("lib/grub-mkconfig_lib",
                "prepare_grub_to_access_device() { echo \"search --set=root $1\"; }\n");
    }
    ~BlsEntriesCommand() override {
        for (const char* name : {"GRUB_DEVICE", "GRUB_DEVICE_BOOT", "pkgdatadir",
                                 "EARLY_BIND_TABLE", "GRUB_ENABLE_BLSCFG"}) {
            ::unsetenv(name);
        }
    }

    static std::string stub(const std::string& lines) {
        return "set early_bind_root=\"${root}\"\n" + lines +
               "set early_bind_boot=\"${root}\"\n"
               "export early_bind_boot\n"
               "set root=\"${early_bind_root}\"\n"
               "if [ -f \"${config_directory}/early-bind.cfg\" ]; then\n"
               "\tsource \"${config_directory}/early-bind.cfg\"\n"
               "elif [ -z \"${config_directory}\" -a -f \"${prefix}/early-bind.cfg\" ]; then\n"
               "\tsource \"${prefix}/early-bind.cfg\"\n"
               "fi\n";
    }
};

TEST_F(BlsEntriesCommand, PrintsTheStubAndWritesTheInclude) {
    const auto entries = make_entries(t_.root());
    EXPECT_EQ(entries.warnings, Strings{});
    EXPECT_EQ(entries.out, stub("search --set=root /dev/sda1\n"));
    EXPECT_TRUE(has_include_stub(entries.out));
    EXPECT_NE(include().find("early-bind-keep-amd-6.17.9-1"), std::string::npos);
}

TEST_F(BlsEntriesCommand, WritesNothingForATableThatIsLookedAt) {
    std::filesystem::rename(t_.path(kBootTablePath), t_.path("table"));
    ::setenv("EARLY_BIND_TABLE", t_.path("table").c_str(), 1);
    EXPECT_NE(make_entries(t_.root()).out, "");
    EXPECT_FALSE(t_.has("boot/grub2/early-bind.cfg"));
}

TEST_F(BlsEntriesCommand, StandsOnTheDeviceOfBlscfgWhenGrubCannotTell) {
    t_.file("lib/grub-mkconfig_lib", "prepare_grub_to_access_device() { return 1; }\n");
    EXPECT_EQ(make_entries(t_.root()).out, stub(""));
}

TEST_F(BlsEntriesCommand, WarnsWithoutKernels) {
    std::filesystem::remove_all(t_.path("boot/loader"));
    const auto entries = make_entries(t_.root());
    EXPECT_FALSE(t_.has("boot/grub2/early-bind.cfg"));
    ASSERT_EQ(entries.warnings.size(), 2U);
    EXPECT_EQ(entries.warnings[1], t_.path("boot/loader/entries") +
                                       " has no kernels, leaving the GPU layouts out of the menu");
}

}  // namespace
}  // namespace early_bind
