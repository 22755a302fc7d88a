mkdir -p "$out/bin"
ln -s "$kernel/bzImage" "$out/kernel"
ln -s "$kernel" "$out/kernel-modules"
ln -s "$initialRamdisk/initrd" "$out/initrd"
ln -s "$programs" "$out/sw"
printf %s "$hostSystem" > "$out/system"
printf %s "$nixosVersion" > "$out/nixos-version"
printf %s "init=$out/init$kernelParams" > "$out/kernel-params"
printf %s "$bootLoader" > "$out/boot-loader"
printf %s "$grubDevices" > "$out/grub-devices"
printf %s "$hostKeys" > "$out/host-keys"
printf %s "$persistedDirectories" > "$out/persisted-directories"
printf %s "$persistedFiles" > "$out/persisted-files"

printf %s "$etcFiles" | while read -r name file; do
  mkdir -p "$(dirname "$out/etc/$name")"
  ln -s "$file" "$out/etc/$name"
done

for script in init activate bin/switch-to-configuration; do
  { printf '#!%s/bin/sh\nPATH=%s/bin\nsystem=%s\n' "$busybox" "$busybox" "$out"; cat "$scripts/${script#bin/}"; } > "$out/$script"
  chmod +x "$out/$script"
done
