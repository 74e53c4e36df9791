// SPDX-License-Identifier: MIT
#include "grub-gen/entries.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/profile/boot_table.hpp"
#include "grub-gen/machine_facts.hpp"

namespace early_bind {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

TableFunction table_function(const std::string& identity, const std::string& address) {
    return {*pci::parse_identity(identity), *pci::parse_address(address)};
}

/// Two cards and a management display.
BootTable three_gpus() {
    BootTable table;
    table.gpus = {
        {"AMD Radeon RX 480",
         {table_function("pci0000:00/01.0/00.0 1002:67df 1002:0b37 030000", "0000:01:00.0"),
          table_function("pci0000:00/01.0/00.1 1002:aaf0 1002:aaf0 040300", "0000:01:00.1")}},
        {"NVIDIA GeForce RTX 2080 Ti",
         {table_function("pci0000:00/02.0/00.0 10de:1e04 10de:1e04 030000", "0000:02:00.0")}},
        {"ASPEED Graphics Family",
         {table_function("pci0000:00/03.0/00.0 1a03:2000 1a03:2000 030000", "0000:03:00.0")}}};
    table.profiles = {{"keep-amd-67df", Status::ok, {0, 2}, {1}, {"hugepages=16"}},
                      {"keep-nvidia-1e04", Status::impossible, {1, 2}, {0}, {}},
                      {"pass-all", Status::no_group, {2}, {0, 1}, {}}};
    return table;
}

/// A root with a table and a 10_linux that prints two kernels; an environment like grub-mkconfig's.
class EntriesTest : public testing::Test {
  protected:
    EntriesTest() {
        std::string name = (fs::temp_directory_path() / "early-bind-entries-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        ::setenv("GRUB_DEVICE", "/dev/sda2", 1);
        ::unsetenv("EARLY_BIND_TABLE");
        write("etc/grub.d/10_linux",
              generator("cat <<'END'\n" + kernel("6.1.0-50-amd64") + kernel("6.1.0-49-amd64") +
                        "END\necho 'Found linux image' >&2\n"));
        make_executable("etc/grub.d/10_linux");
        write("proc/sys/kernel/osrelease", "6.1.0-50-amd64\n");
        write("proc/cmdline", "BOOT_IMAGE=/vmlinuz ro quiet\n");
        write("usr/share/misc/pci.ids", "# nothing is known\n");
        write("sys/firmware/acpi/tables/DMAR", "");
        fs::create_directories(directory_ / "sys/bus/pci/devices");
        auto table = three_gpus();
        write(kBootTablePath, render_boot_table(table));
        revision_ = table.revision;
    }

    ~EntriesTest() override {
        fs::remove_all(directory_);
        ::unsetenv("GRUB_DEVICE");
        ::unsetenv("EARLY_BIND_TABLE");
    }

    static std::string generator(const std::string& body) { return "#!/bin/sh\n" + body; }

    static std::string kernel(const std::string& version) {
        return "menuentry 'Debian, with Linux " + version +
               "' --class debian $menuentry_id_option 'x' {\n\tlinux\t/vmlinuz-" + version +
               " ro\n\tinitrd\t/initrd.img-" + version + "\n}\n";
    }

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((directory_ / path).parent_path());
        std::ofstream(directory_ / path) << text;
    }

    void make_executable(const std::string& path) const {
        fs::permissions(directory_ / path, fs::perms::owner_all);
    }

    [[nodiscard]] Entries make() const {
        return make_entries(*sysfs::Root::open(directory_.string()));
    }

    [[nodiscard]] std::string path(const std::string& name) const {
        return (directory_ / name).string();
    }

    [[nodiscard]] std::string entry(const std::string& title, const std::string& profile,
                                    const std::string& version, const std::string& more) const {
        return "\tmenuentry '" + title + "' --class debian $menuentry_id_option 'early-bind-" +
               profile + "-" + version + "' {\n\tlinux\t/vmlinuz-" + version +
               " ro early-bind.profile=" + profile + " early-bind.rev=" + revision_ +
               " intel_iommu=on" + more + "\n\tinitrd\t/initrd.img-" + version + "\n\t}\n";
    }

    fs::path directory_;
    std::string revision_;
};

constexpr const char* kKeepTitle =
    "Host keeps AMD Radeon RX 480; NVIDIA GeForce RTX 2080 Ti to VMs";
constexpr const char* kPassTitle =
    "All GPUs to VMs, the host keeps ASPEED Graphics Family (management)";

TEST_F(EntriesTest, TitlesFollowThePciIdDatabase) {
    write("usr/share/misc/pci.ids", "1002  AMD\n\t67df  Polaris 10 [Radeon RX 480 New Name]\n");
    const auto entries = make();
    EXPECT_NE(
        entries.out.find("Host keeps AMD Radeon RX 480 New Name; NVIDIA GeForce RTX 2080 Ti to "
                         "VMs"),
        std::string::npos)
        << entries.out;
}

TEST_F(EntriesTest, ATitleOfOnesOwnAndAHiddenProfile) {
    auto table = three_gpus();
    table.profiles[0].title = "It's mine";
    table.profiles[2].hidden = true;
    write(kBootTablePath, render_boot_table(table));
    const auto entries = make();
    EXPECT_NE(entries.out.find("menuentry 'It'\\''s mine' "), std::string::npos) << entries.out;
    EXPECT_EQ(entries.out.find("pass-all"), std::string::npos) << entries.out;
}

TEST_F(EntriesTest, ShowsEveryProfileWithAnEntryOnEveryKernel) {
    const auto entries = make();
    EXPECT_EQ(entries.warnings, Strings{});
    const std::string older = "Linux 6.1.0-49-amd64: ";
    EXPECT_EQ(entries.out,
              "submenu 'GPU layouts' $menuentry_id_option 'early-bind' {\n" +
                  entry(kKeepTitle, "keep-amd-67df", "6.1.0-50-amd64", " hugepages=16") +
                  entry(kPassTitle, "pass-all", "6.1.0-50-amd64", "") +
                  entry(older + kKeepTitle, "keep-amd-67df", "6.1.0-49-amd64", " hugepages=16") +
                  entry(older + kPassTitle, "pass-all", "6.1.0-49-amd64", "") +
                  "}\n"
                  "if [ \"${boot_once}\" != \"true\" ]; then\n"
                  "\tif [ \"${early_bind_default}\" = 'keep-amd-67df' ]; then\n"
                  "\t\tset default='early-bind>early-bind-keep-amd-67df-6.1.0-50-amd64'\n"
                  "\tfi\n"
                  "\tif [ \"${early_bind_default}\" = 'pass-all' ]; then\n"
                  "\t\tset default='early-bind>early-bind-pass-all-6.1.0-50-amd64'\n"
                  "\tfi\n"
                  "fi\n");
}

TEST_F(EntriesTest, AreSilentWithoutATable) {
    fs::remove(directory_ / kBootTablePath);
    const auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(entries.warnings, Strings{});
}

TEST_F(EntriesTest, ReadAnotherTableWhenAsked) {
    fs::rename(directory_ / kBootTablePath, directory_ / "new-table");
    ::setenv("EARLY_BIND_TABLE", path("new-table").c_str(), 1);
    EXPECT_NE(make().out, "");
    ::setenv("EARLY_BIND_TABLE", path("no-table").c_str(), 1);
    const auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(entries.warnings, (Strings{"cannot read " + path("no-table") +
                                         ": No such file or directory; leaving "
                                         "the GPU layouts out of the menu"}));
}

TEST_F(EntriesTest, WarnOfADamagedTable) {
    write(kBootTablePath, "early-bind-table 1\nnonsense\n");
    const auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(
        entries.warnings,
        (Strings{"the boot table " + path(kBootTablePath) +
                 " is damaged: line 2: unknown record `nonsense`; leaving the GPU layouts out "
                 "of the menu"}));
}

TEST_F(EntriesTest, SayWhoMakesThem) {
    ::unsetenv("GRUB_DEVICE");
    const auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(entries.warnings,
              (Strings{"the entries can be made by grub-mkconfig only: call update-grub"}));
}

TEST_F(EntriesTest, LeaveOutAProfileWithARefusedArgument) {
    auto table = three_gpus();
    table.profiles[0].arguments = {"quiet", "two words"};
    write(kBootTablePath, render_boot_table(table));
    const auto entries = make();
    EXPECT_EQ(
        entries.warnings,
        (Strings{"leaving out the profile keep-amd-67df: its argument `two words` is refused: "
                 "it has a blank; give each argument on its own"}));
    EXPECT_EQ(entries.out.find("keep-amd-67df"), std::string::npos);
    EXPECT_NE(entries.out.find("early-bind-pass-all-6.1.0-50-amd64"), std::string::npos);
}

TEST_F(EntriesTest, SurviveAGeneratorThatFails) {
    write("etc/grub.d/10_linux", generator("echo \"menuentry 'x' {\"\necho why >&2\nexit 7\n"));
    auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(entries.warnings,
              (Strings{path("etc/grub.d/10_linux") + " failed with status 7: why",
                       "the distribution's 10_linux shows no kernels, leaving the GPU layouts out "
                       "of the menu"}));
    write("etc/grub.d/10_linux_zfs", generator("cat <<'END'\n" + kernel("6.8") + "END\n"));
    make_executable("etc/grub.d/10_linux_zfs");
    entries = make();
    EXPECT_NE(entries.out.find("'early-bind-pass-all-6.8'"), std::string::npos);
    EXPECT_EQ(entries.warnings, (Strings{path("etc/grub.d/10_linux") + " failed with status 7: "
                                                                       "why"}));
}

TEST_F(EntriesTest, RunOnlyWhatGrubMkconfigRuns) {
    for (const std::string name :
         {"10_linux.dpkg-old", "10_linux~", "10_linux.rpmnew", "11_linux"}) {
        write("etc/grub.d/" + name, generator("cat <<'END'\n" + kernel("9.9") + "END\n"));
        make_executable("etc/grub.d/" + name);
    }
    write("etc/grub.d/10_linux_off", generator("cat <<'END'\n" + kernel("9.9") + "END\n"));
    fs::permissions(directory_ / "etc/grub.d/10_linux_off", fs::perms::owner_read);
    EXPECT_EQ(make().out.find("9.9"), std::string::npos);
}

TEST_F(EntriesTest, AskForFlatEntriesWithoutRecovery) {
    ::setenv("GRUB_SAVEDEFAULT", "true", 1);
    ::setenv("GRUB_FORCE_PARTUUID", "abc", 1);
    write("etc/grub.d/10_linux",
          generator("echo \"menuentry 'x' {\nlinux /vmlinuz-$GRUB_DISABLE_SUBMENU-"
                    "$GRUB_DISABLE_RECOVERY-${GRUB_SAVEDEFAULT-none}-${GRUB_FORCE_PARTUUID-none}-"
                    "$GRUB_DEVICE\ninitrd /i\n}\" | sed s,/dev/,,\n"));
    EXPECT_NE(make().out.find("/vmlinuz-y-true-none-none-sda2 "), std::string::npos);
    ::unsetenv("GRUB_SAVEDEFAULT");
    ::unsetenv("GRUB_FORCE_PARTUUID");
}

TEST_F(EntriesTest, AreCheckedByGrub) {
    // A body that our reader takes and GRUB's does not: `fi` without `if`.
    write("etc/grub.d/10_linux",
          generator("echo \"menuentry 'x' {\nlinux /vmlinuz-1\ninitrd /i\nfi\n}\"\n"));
    const auto entries = make();
    EXPECT_EQ(entries.out, "");
    EXPECT_EQ(entries.warnings,
              (Strings{"grub-script-check refuses the entries, leaving the GPU layouts out of the "
                       "menu"}));
}

TEST_F(EntriesTest, WarnOnceThatThereIsNoIommu) {
    fs::remove(directory_ / "sys/firmware/acpi/tables/DMAR");
    const auto entries = make();
    EXPECT_EQ(
        entries.warnings,
        (Strings{"the firmware reports no IOMMU: switch VT-d (Intel) or the IOMMU (AMD) on in "
                 "the firmware's set-up"}));
    EXPECT_EQ(entries.out.find("intel_iommu"), std::string::npos);
    EXPECT_NE(entries.out, "");
}

TEST_F(EntriesTest, CannotBeBrokenByAName) {
    auto table = three_gpus();
    table.gpus[0].name = "a'b\"c`d`$e${f}\\g}\nh{i;j#k&l|m<n>o\t*";
    write(kBootTablePath, render_boot_table(table));
    const auto entries = make();
    EXPECT_EQ(entries.warnings, Strings{});
    EXPECT_NE(entries.out.find("\tmenuentry 'Host keeps a'\\''b\"c`d`$e${f}\\g} h{i;j#k&l|m<n>o *; "
                               "NVIDIA GeForce RTX 2080 Ti to VMs' --class debian "),
              std::string::npos)
        << entries.out;
}

TEST_F(EntriesTest, FactsComeFromTheRoot) {
    const auto facts = read_machine_facts(*sysfs::Root::open(directory_.string()));
    EXPECT_TRUE(facts.dmar);
    EXPECT_FALSE(facts.ivrs);
    EXPECT_EQ(facts.iommu_groups, 0U);
    EXPECT_FALSE(facts.all_gpus_grouped);
    EXPECT_EQ(facts.kernel_release, "6.1.0-50-amd64");
    EXPECT_EQ(facts.command_line, "BOOT_IMAGE=/vmlinuz ro quiet");
}

}  // namespace
}  // namespace early_bind
