/** Put in its place by the build, from `package.json`. */
declare const __OSQR_VERSION__: string | undefined;

/** Version of this program; `0.0.0-source` where it runs from its sources without a build. */
export const VERSION: string = typeof __OSQR_VERSION__ === "string" ? __OSQR_VERSION__ : "0.0.0-source";
