export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** The users that exist inside, as `/etc/passwd` and `/etc/group` say it: many programs fail where their own user has no name. */
export function toUserFiles(
  { uid, gid }: UserIds,
  home: string,
): { readonly passwd: string; readonly group: string } {
  const safeHome = /^[^:\n]+$/.test(home) ? home : "/tmp";
  const own = uid === 0 ? "" : `osqr:x:${uid}:${gid}:osqr:${safeHome}:/bin/sh\n`;
  const nobody = uid === 65534 ? "" : "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
  return {
    passwd: `root:x:0:0:root:${uid === 0 ? safeHome : "/root"}:/bin/sh\n${own}${nobody}`,
    group: `root:x:0:\n${gid === 0 ? "" : `osqr:x:${gid}:\n`}${gid === 65534 ? "" : "nogroup:x:65534:\n"}`,
  };
}
