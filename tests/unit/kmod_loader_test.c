/* SPDX-License-Identifier: MIT */
/*
 * KmodLoader with libkmod's functions replaced by the linker's --wrap: what it asks of libkmod,
 * what it makes of the answers, and that it gives everything back.
 */
#include <errno.h>
#include <libkmod.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cmocka_group.h"
#include "tests/unit/kmod_loader_shim.h"

/* libkmod's types are opaque: these stand for a context, lists and modules and are never read. */
static char a_context, a_module, another_module, a_dependency, items[2];
#define CONTEXT ((struct kmod_ctx*)(void*)&a_context)
#define MODULE ((struct kmod_module*)(void*)&a_module)
#define OTHER_MODULE ((struct kmod_module*)(void*)&another_module)
#define DEPENDENCY ((struct kmod_module*)(void*)&a_dependency)
#define ITEM(i) ((struct kmod_list*)(void*)&items[i])

/* How many items a lookup finds, and the references that are out. */
static int found_count;
static int context_references;
static int module_references;
static int list_references;
static bool log_silenced;

/* The install command that libkmod meets while it inserts, NULL for none. */
static const char* install_command;
static struct kmod_module* install_module;

/* The root with the kernel's /sys: none there, unless a test makes one. */
static const char* root;

/* The module's file, NULL where libkmod knows none. */
static const char* module_path;

typedef void log_fn(void*, int, const char*, int, const char*, const char*, va_list);
typedef int install_fn(struct kmod_module*, const char*, void*);
typedef void action_fn(struct kmod_module*, bool, const char*);

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's --wrap wants these names. */
struct kmod_ctx* __wrap_kmod_new(const char* dirname, const char* const* config_paths);
struct kmod_ctx* __wrap_kmod_unref(struct kmod_ctx* context);
void __wrap_kmod_set_log_fn(struct kmod_ctx* context, log_fn* log, const void* data);
int __wrap_kmod_module_new_from_lookup(struct kmod_ctx* context, const char* alias,
                                       struct kmod_list** list);
int __wrap_kmod_module_new_from_name(struct kmod_ctx* context, const char* name,
                                     struct kmod_module** module);
struct kmod_module* __wrap_kmod_module_get_module(const struct kmod_list* item);
struct kmod_list* __wrap_kmod_list_next(const struct kmod_list* list, const struct kmod_list* item);
int __wrap_kmod_module_unref_list(struct kmod_list* list);
struct kmod_module* __wrap_kmod_module_unref(struct kmod_module* module);
const char* __wrap_kmod_module_get_name(const struct kmod_module* module);
const char* __wrap_kmod_module_get_path(const struct kmod_module* module);
int __wrap_kmod_module_get_initstate(const struct kmod_module* module);
int __wrap_kmod_module_probe_insert_module(struct kmod_module* module, unsigned int flags,
                                           const char* options, install_fn* run_install,
                                           const void* data, action_fn* print_action);
/* NOLINTEND(bugprone-reserved-identifier) */

struct kmod_ctx* __wrap_kmod_new(const char* dirname, const char* const* config_paths) {
    /* NULL: the running kernel's directory, and modprobe.d where libkmod looks for it. */
    assert_null(dirname);
    assert_null(config_paths);
    struct kmod_ctx* context = mock_ptr_type(struct kmod_ctx*);
    if (context == NULL) {
        errno = ENOMEM;
    } else {
        ++context_references;
    }
    return context;
}

struct kmod_ctx* __wrap_kmod_unref(struct kmod_ctx* context) {
    assert_ptr_equal(context, CONTEXT);
    --context_references;
    return NULL;
}

void __wrap_kmod_set_log_fn(struct kmod_ctx* context, log_fn* log, const void* data) {
    (void)data;
    assert_ptr_equal(context, CONTEXT);
    assert_true(log != NULL);
    log_silenced = true;
}

int __wrap_kmod_module_new_from_lookup(struct kmod_ctx* context, const char* alias,
                                       struct kmod_list** list) {
    assert_ptr_equal(context, CONTEXT);
    assert_true(log_silenced);
    assert_null(*list);
    check_expected_ptr(alias);
    if (found_count > 0) {
        *list = ITEM(0);
        ++list_references;
    }
    return mock_type(int);
}

int __wrap_kmod_module_new_from_name(struct kmod_ctx* context, const char* name,
                                     struct kmod_module** module) {
    assert_ptr_equal(context, CONTEXT);
    check_expected_ptr(name);
    const int status = mock_type(int);
    if (status == 0) {
        *module = MODULE;
        ++module_references;
    }
    return status;
}

struct kmod_module* __wrap_kmod_module_get_module(const struct kmod_list* item) {
    ++module_references;
    return item == ITEM(0) ? MODULE : OTHER_MODULE;
}

struct kmod_list* __wrap_kmod_list_next(const struct kmod_list* list,
                                        const struct kmod_list* item) {
    assert_ptr_equal(list, ITEM(0));
    return item == ITEM(0) && found_count > 1 ? ITEM(1) : NULL;
}

int __wrap_kmod_module_unref_list(struct kmod_list* list) {
    assert_ptr_equal(list, ITEM(0));
    --list_references;
    return 0;
}

struct kmod_module* __wrap_kmod_module_unref(struct kmod_module* module) {
    assert_non_null(module);
    --module_references;
    return NULL;
}

const char* __wrap_kmod_module_get_name(const struct kmod_module* module) {
    return module == DEPENDENCY ? "irqbypass" : "vfio_pci";
}

const char* __wrap_kmod_module_get_path(const struct kmod_module* module) {
    assert_ptr_equal(module, MODULE);
    return module_path;
}

int __wrap_kmod_module_get_initstate(const struct kmod_module* module) {
    check_expected_ptr(module);
    return mock_type(int);
}

int __wrap_kmod_module_probe_insert_module(struct kmod_module* module, unsigned int flags,
                                           const char* options, install_fn* run_install,
                                           const void* data, action_fn* print_action) {
    check_expected_ptr(module);
    /* No flag: blacklist lines are ignored, install lines and what is loaded are not. */
    assert_int_equal(flags, 0);
    /* Options come from modprobe.d and the kernel command line alone. */
    assert_null(options);
    assert_null(print_action);
    /* Without a callback libkmod would run the command in a shell. */
    if (run_install == NULL) {
        fail_msg("no callback for install commands");
        return -EINVAL;
    }
    if (install_command != NULL) {
        /* libkmod drops the const in the same way. */
        return run_install(install_module, install_command, (void*)data);
    }
    return mock_type(int);
}

static int setup(void** state) {
    (void)state;
    found_count = 0;
    context_references = module_references = list_references = 0;
    log_silenced = false;
    install_command = NULL;
    module_path = "/proc/self/exe"; /* a file that exists */
    root = "/proc/self/fdinfo";     /* a directory without a /sys */
    return 0;
}

static int everything_given_back(void** state) {
    (void)state;
    assert_int_equal(context_references, 0);
    assert_int_equal(module_references, 0);
    assert_int_equal(list_references, 0);
    return 0;
}

static void expect_lookup(const char* name, int found, int status) {
    will_return(__wrap_kmod_new, CONTEXT);
    found_count = found;
    expect_string(__wrap_kmod_module_new_from_lookup, alias, name);
    will_return(__wrap_kmod_module_new_from_lookup, status);
}

static void expect_insert(struct kmod_module* module, int status) {
    expect_value(__wrap_kmod_module_probe_insert_module, module, module);
    will_return(__wrap_kmod_module_probe_insert_module, status);
}

static void expect_state(struct kmod_module* module, int state) {
    expect_value(__wrap_kmod_module_get_initstate, module, module);
    will_return(__wrap_kmod_module_get_initstate, state);
}

static void assert_load(const char* name, enum load_result result, const char* message) {
    char text[512];
    const enum load_result got = kmod_loader_load(root, name, text, sizeof(text));
    assert_string_equal(text, message);
    assert_int_equal(got, result);
}

static void module_is_inserted(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_insert(MODULE, 0);
    expect_state(MODULE, KMOD_MODULE_LIVE);
    assert_load("vfio-pci", LOAD_LOADED, "");
}

static void module_still_initializes(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_insert(MODULE, 0);
    expect_state(MODULE, KMOD_MODULE_COMING);
    assert_load("vfio-pci", LOAD_LOADED, "");
}

static void module_is_built_in(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_insert(MODULE, 0);
    expect_state(MODULE, KMOD_MODULE_BUILTIN);
    assert_load("vfio-pci", LOAD_BUILT_IN, "");
}

static void insertion_leaves_nothing(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_insert(MODULE, 0);
    expect_state(MODULE, -ENOENT);
    assert_load("vfio-pci", LOAD_FAILED,
                "cannot load module vfio-pci: the kernel took it, but it is not there");
}

static void alias_of_two_modules(void** state) {
    (void)state;
    expect_lookup("pci:v1", 2, 0);
    expect_insert(MODULE, 0);
    expect_state(MODULE, KMOD_MODULE_BUILTIN);
    expect_insert(OTHER_MODULE, 0);
    expect_state(OTHER_MODULE, KMOD_MODULE_LIVE);
    assert_load("pci:v1", LOAD_LOADED, "");
}

static void first_failure_ends_an_alias(void** state) {
    (void)state;
    expect_lookup("pci:v1", 2, 0);
    expect_insert(MODULE, -ENOMEM);
    assert_load("pci:v1", LOAD_FAILED, "cannot load module pci:v1: Cannot allocate memory");
}

/* libkmod reports success and an empty list for a name that nothing knows. */
static void empty_lookup_is_absent(void** state) {
    (void)state;
    expect_lookup("no-such-module", 0, 0);
    expect_string(__wrap_kmod_module_new_from_name, name, "no-such-module");
    will_return(__wrap_kmod_module_new_from_name, 0);
    expect_state(MODULE, -ENOENT);
    assert_load("no-such-module", LOAD_ABSENT, "");
}

static void no_module_directory_is_absent(void** state) {
    (void)state;
    static const int statuses[] = {-ENOENT, -ENOSYS};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); ++i) {
        expect_lookup("vfio-pci", 0, statuses[i]);
        expect_string(__wrap_kmod_module_new_from_name, name, "vfio-pci");
        will_return(__wrap_kmod_module_new_from_name, 0);
        expect_state(MODULE, -ENOENT);
        assert_load("vfio-pci", LOAD_ABSENT, "");
    }
}

static void not_in_the_image_but_in_the_kernel(void** state) {
    (void)state;
    static const struct {
        int initstate;
        enum load_result result;
    } cases[] = {{KMOD_MODULE_LIVE, LOAD_LOADED},
                 {KMOD_MODULE_BUILTIN, LOAD_BUILT_IN},
                 {KMOD_MODULE_COMING, LOAD_BUILT_IN},
                 {KMOD_MODULE_GOING, LOAD_ABSENT}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        expect_lookup("vfio-pci", 0, 0);
        expect_string(__wrap_kmod_module_new_from_name, name, "vfio-pci");
        will_return(__wrap_kmod_module_new_from_name, 0);
        expect_state(MODULE, cases[i].initstate);
        assert_load("vfio-pci", cases[i].result, "");
    }
}

static void name_that_is_no_module_name(void** state) {
    (void)state;
    expect_lookup("", 0, 0);
    expect_string(__wrap_kmod_module_new_from_name, name, "");
    will_return(__wrap_kmod_module_new_from_name, -ENOENT);
    assert_load("", LOAD_ABSENT, "");
}

static void lookup_fails(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 0, -EINVAL);
    assert_load("vfio-pci", LOAD_FAILED, "cannot load module vfio-pci: Invalid argument");
}

static void insertion_fails(void** state) {
    (void)state;
    static const struct {
        int status;
        const char* message;
    } cases[] = {
        {-EPERM, "cannot load module vfio-pci: Operation not permitted"},
        {-ENODEV, "cannot load module vfio-pci: No such device"},
        {-EINVAL, "cannot load module vfio-pci: Invalid argument"},
        {-ENOENT,
         "cannot load module vfio-pci: No such file or directory (its file is missing, or "
         "it has an unknown symbol or parameter)"},
        {-ENOEXEC,
         "cannot load module vfio-pci: Exec format error (it was built for another "
         "kernel)"},
        {-EKEYREJECTED,
         "cannot load module vfio-pci: Key was rejected by service (the kernel "
         "accepts signed modules only)"},
        {-ECANCELED, "cannot load module vfio-pci: Operation canceled"},
        {-4095, "cannot load module vfio-pci: error 4095"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        expect_lookup("vfio-pci", 1, 0);
        expect_insert(MODULE, cases[i].status);
        assert_load("vfio-pci", LOAD_FAILED, cases[i].message);
    }
}

/* What a libkmod without zlib makes of a .ko.gz: version 30, and version 32 and later. */
static void module_that_libkmod_cannot_decompress(void** state) {
    (void)state;
    static const struct {
        int status;
        const char* path;
        const char* message;
    } cases[] = {
        {-ENOEXEC, "/lib/modules/6.1.0/vfio-pci.ko.gz",
         "cannot load module vfio-pci: Exec format error (/lib/modules/6.1.0/vfio-pci.ko.gz was "
         "built for another kernel, or libkmod cannot decompress it)"},
        {-ENOSYS, "/lib/modules/6.1.0/vfio-pci.ko.gz",
         "cannot load module vfio-pci: Function not implemented "
         "(/lib/modules/6.1.0/vfio-pci.ko.gz was built for another kernel, or libkmod cannot "
         "decompress it)"},
        {-EPERM, "/lib/modules/6.1.0/vfio-pci.ko.gz",
         "cannot load module vfio-pci: Operation not permitted"},
        {-ENOEXEC, "/lib/modules/6.1.0/vfio-pci.ko.xz",
         "cannot load module vfio-pci: Exec format error (it was built for another kernel)"},
        {-ENOEXEC, NULL,
         "cannot load module vfio-pci: Exec format error (it was built for another kernel)"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        module_path = cases[i].path;
        expect_lookup("vfio-pci", 1, 0);
        expect_insert(MODULE, cases[i].status);
        assert_load("vfio-pci", LOAD_FAILED, cases[i].message);
    }
}

static void install_command_is_not_run(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_value(__wrap_kmod_module_probe_insert_module, module, MODULE);
    install_command = "/bin/false";
    install_module = MODULE;
    assert_load(
        "vfio-pci", LOAD_FAILED,
        "cannot load module vfio-pci: modprobe.d says 'install vfio_pci /bin/false', and no "
        "install command is run in the initramfs");
}

static void install_command_of_a_dependency(void** state) {
    (void)state;
    expect_lookup("vfio-pci", 1, 0);
    expect_value(__wrap_kmod_module_probe_insert_module, module, MODULE);
    install_command = "/bin/true";
    install_module = DEPENDENCY;
    assert_load(
        "vfio-pci", LOAD_FAILED,
        "cannot load module vfio-pci: modprobe.d says 'install irqbypass /bin/true', and no "
        "install command is run in the initramfs");
}

static void file_that_is_missing_is_absent(void** state) {
    (void)state;
    module_path = "/nonexistent/vfio-pci.ko";
    expect_lookup("vfio-pci", 1, 0);
    expect_insert(MODULE, -ENOENT);
    assert_load("vfio-pci", LOAD_ABSENT, "");
}

/* No call of libkmod is expected, so that any would fail the test. */
static void live_module_is_not_looked_up(void** state) {
    (void)state;
    char directory[] = "/tmp/kmod_loader_test.XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(directory));
    static const char* const parts[] = {"/sys", "/sys/module", "/sys/module/vfio_pci"};
    for (size_t i = 0; i < 3; ++i) {
        snprintf(path, sizeof(path), "%s%s", directory, parts[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof(path), "%s/sys/module/vfio_pci/initstate", directory);
    FILE* file = fopen(path, "w");
    assert_non_null(file);
    fputs("live\n", file);
    fclose(file);
    root = directory;
    assert_load("vfio-pci", LOAD_LOADED, "");
    unlink(path);
    for (size_t i = 0; i < 4; ++i) {
        *strrchr(path, '/') = '\0';
        rmdir(path);
    }
}

static void no_context(void** state) {
    (void)state;
    will_return(__wrap_kmod_new, NULL);
    assert_load("vfio-pci", LOAD_FAILED,
                "cannot load module vfio-pci: libkmod does not start: Cannot allocate memory");
}

#define LOADER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, everything_given_back)

static const struct CMUnitTest kmod_loader[] = {
    LOADER_TEST(module_is_inserted),
    LOADER_TEST(module_still_initializes),
    LOADER_TEST(module_is_built_in),
    LOADER_TEST(insertion_leaves_nothing),
    LOADER_TEST(alias_of_two_modules),
    LOADER_TEST(first_failure_ends_an_alias),
    LOADER_TEST(empty_lookup_is_absent),
    LOADER_TEST(no_module_directory_is_absent),
    LOADER_TEST(not_in_the_image_but_in_the_kernel),
    LOADER_TEST(name_that_is_no_module_name),
    LOADER_TEST(lookup_fails),
    LOADER_TEST(insertion_fails),
    LOADER_TEST(module_that_libkmod_cannot_decompress),
    LOADER_TEST(install_command_is_not_run),
    LOADER_TEST(install_command_of_a_dependency),
    LOADER_TEST(file_that_is_missing_is_absent),
    LOADER_TEST(live_module_is_not_looked_up),
    LOADER_TEST(no_context),
};
EARLY_BIND_CMOCKA_GROUP(KmodLoader, kmod_loader, NULL, NULL);
