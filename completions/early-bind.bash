# SPDX-License-Identifier: MIT
# bash completion for early-bind and grub-gen
_early_bind() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    case $before in
    --sysroot)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --profile | switch)
        words=$(sed -n 's/^profile \([^ ]*\) .*/\1/p' /var/lib/early-bind/boot-table 2>/dev/null)
        ;;
    *)
        case $1 in
        *grub-gen) words='scan check setup apply boot-once default doctor import keep record entries refresh uki uninstall --json --dry-run --apply --yes --pass --host-only --static --memory --cpus --zram --import --undo --profile --reboot --yes-headless --sysroot --help --version' ;;
        *) words='boot plan status late complete confirm bind release switch display services export inputs groups cpus rom libvirt qemu proxmox --run --remove --stop-display-manager --headless --devices-only --check --force --device --libvirt --qemu --cgroup --toggle --mark --profile --keep --json --sysroot --help --version' ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _early_bind early-bind grub-gen
