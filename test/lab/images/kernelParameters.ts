/**
 * What all kernels of the lab are started with. Without a random layout of their memory, processes have their libraries at the same
 * addresses: QEMU, where it emulates, translates code anew for each address, keeps all of that, and takes milliseconds to drop it
 * when the page is overwritten, as kexec does with a part of the memory.
 */
export const kernelParameters = "console=ttyS0,115200 norandmaps";
