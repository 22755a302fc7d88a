/**
 * What all kernels of the lab are started with.
 *
 * `norandmaps`: Without a random layout of their memory, processes have their libraries at the same addresses: QEMU, where it
 * emulates, translates code anew for each address, keeps all of that, and takes milliseconds to drop it when the page is overwritten,
 * as kexec does with a part of the memory.
 *
 * `no_timer_check`: "Disables the code which tests for broken timer IRQ sources" (Linux, Documentation/admin-guide/kernel-parameters.txt).
 * That code counts ticks for some milliseconds. An emulated processor that does not get to run meanwhile, on a busy computer, has
 * none, and the kernel panics with "IO-APIC + timer doesn't work!". Under KVM, Linux leaves the check out by itself
 * (arch/x86/kernel/kvm.c).
 */
export const kernelParameters = "console=ttyS0,115200 norandmaps no_timer_check";
