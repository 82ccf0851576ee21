/** Files in `/tmp` and `/dev/shm` are memory. `$TMPDIR` in the private home is for large ones. */
export const TMP_BYTES_MAX: number = 512 * 1024 * 1024;
export const SHM_BYTES_MAX: number = 256 * 1024 * 1024;
