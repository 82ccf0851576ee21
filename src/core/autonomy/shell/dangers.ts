/** What a command does that cannot be taken back, by its program and words. */
import type { Hazard, HazardKind } from "../types.ts";

interface Danger {
  readonly kind: HazardKind;
  readonly programs: string;
  /** Of its words, joined by blanks; absent: whatever they are. */
  readonly line?: RegExp;
  /** Where it fits, it is harmless. */
  readonly unless?: RegExp;
  readonly text: string;
}

const CLOUD =
  "aws gcloud gsutil bq az doctl heroku fly flyctl vercel netlify wrangler firebase serverless sls cdk sam eb railway render supabase amplify oci ibmcloud linode-cli scw hcloud vault consul nomad op";

/** The first that fits counts, so the gravest of a program stand first. */
const DANGERS: readonly Danger[] = [
  {
    kind: "irreversible",
    programs: "git",
    line: /^(?:push|send-pack|send-email|lfs push|svn dcommit|p4 submit)\b/,
    text: "sends commits to another repository",
  },
  {
    kind: "hooks",
    programs: "git",
    line: /^(?:config|remote (?:add|set-url|rename|remove|rm)|submodule|init|clone|worktree|maintenance|hook|credential|bundle|daemon|update-ref|bisect run|rebase .*(?:-x|--exec)|difftool|mergetool|for-each-repo|symbolic-ref|filter-branch|replace|update-server-info)\b/,
    text: "changes how git behaves or where it points",
  },
  {
    kind: "irreversible",
    programs: "git",
    line: /^(?:reflog (?:expire|delete)|gc|prune|branch .*-[dDmMfC]|tag .*-[df]|stash (?:drop|clear)|filter-repo)/,
    text: "takes away history",
  },
  {
    kind: "mass_delete",
    programs: "git",
    line: /^(?:clean\b(?!.* -[a-zA-Z]*n)|rm\b.* -[a-zA-Z]*r|reset\b.* --hard|(?:checkout|restore)\b.* (?:\.|:\/|\*)(?: |$))/,
    text: "throws away many files or changes",
  },
  {
    kind: "irreversible",
    programs: "npm pnpm yarn bun lerna nx changeset np release-it",
    line: /^(?:run(?:-script)? |npm )?(?:publish|unpublish|deprecate|dist-tag|owner|access|team|org|token|login|logout|adduser|star|hook)\b|^(?:release)\b/,
    text: "changes what others get from a registry",
  },
  {
    kind: "irreversible",
    programs: "np release-it semantic-release goreleaser twine",
    text: "publishes a release",
  },
  {
    kind: "registry",
    programs: "npm pnpm yarn pip pip3 bundle poetry cargo conda",
    line: /^(?:config (?:set|delete|edit|unset)|c set|set |source add|login)/,
    text: "changes where packages come from",
  },
  {
    kind: "install",
    programs: "npm pnpm",
    line: /^(?:pkg (?:set|delete|fix)|set-script|approve-builds|rebuild)\b/,
    text: "changes or runs scripts of packages",
  },
  {
    kind: "outside",
    programs: "npm pnpm yarn bun",
    line: /(?:^| )(?:-g|--global|--location=global|global)(?: |$)/,
    text: "installs for the whole machine",
  },
  {
    kind: "hooks",
    programs: "husky lefthook pre-commit simple-git-hooks overcommit",
    unless: /^(?:run|--version|validate)/,
    text: "installs git hooks",
  },
  {
    kind: "environment",
    programs: "direnv mise asdf chsh ssh-keygen ssh-add gpg",
    unless: /^(?:status|--version|list|current|ls)/,
    text: "changes what shells run or trust",
  },
  {
    kind: "agent",
    programs: "claude codex gemini opencode qwen cursor-agent aider copilot goose amp",
    text: "starts or sets up another agent",
  },
  { kind: "osqr", programs: "osqr osqr-cli", text: "speaks to osqr as the operator would" },
  {
    kind: "irreversible",
    programs: "cargo",
    line: /^(?:publish|yank|owner|login)\b/,
    text: "publishes a package",
  },
  {
    kind: "irreversible",
    programs: "gem poetry uv hatch flit pdm rye",
    line: /^(?:push|publish|yank)\b/,
    text: "publishes a package",
  },
  {
    kind: "irreversible",
    programs: "mvn gradle gradlew sbt",
    line: /(?:^| )(?:deploy|release:\S+|publish\S*|uploadArchives)(?: |$)/,
    text: "publishes a package",
  },
  {
    kind: "irreversible",
    programs: "dotnet nuget",
    line: /(?:^|nuget )(?:push|delete)\b/,
    text: "publishes a package",
  },
  {
    kind: "irreversible",
    programs: "docker podman nerdctl buildah skopeo crane oras",
    line: /(?:^| )(?:push|login|logout|copy|manifest push|--push|rmi|prune|(?:system|volume|image|network) (?:prune|rm))(?: |$)/,
    text: "changes images beyond the tree",
  },
  {
    kind: "privilege",
    programs: "docker podman nerdctl docker-compose",
    unless: /^(?:ps|images|logs|version|info|inspect|--version|compose (?:ps|logs|config))\b/,
    text: "starts containers, which see the machine",
  },
  {
    kind: "irreversible",
    programs: "kubectl oc k9s",
    unless:
      /^(?:get|describe|logs|explain|version|api-resources|api-versions|diff|top|cluster-info|config (?:view|current-context|get-contexts)|auth can-i)\b/,
    text: "changes a cluster",
  },
  {
    kind: "irreversible",
    programs: "helm helmfile",
    unless: /^(?:list|ls|status|get|show|template|lint|version|search|dependency list|env)\b/,
    text: "changes a cluster",
  },
  {
    kind: "irreversible",
    programs: "terraform tofu terragrunt pulumi",
    unless: /^(?:fmt|validate|version|show|output|graph|providers|-version|--version|preview|about)\b/,
    text: "changes infrastructure",
  },
  {
    kind: "irreversible",
    programs: "ansible ansible-playbook salt puppet chef fab cap packer vagrant",
    text: "changes machines",
  },
  {
    kind: "irreversible",
    programs: CLOUD,
    unless: /^(?:--version|version|--help|help)$/,
    text: "acts on services outside of this machine",
  },
  {
    kind: "irreversible",
    programs: "gh glab hub tea",
    unless:
      /^(?:(?:pr|issue|run|release|repo|workflow|mr|ci) (?:view|list|status|diff|checks)|auth status|--version|version|status)\b/,
    text: "acts on the forge for everybody to see",
  },
  {
    kind: "irreversible",
    programs:
      "ssh scp sftp ftp telnet nc ncat netcat rclone mail mailx sendmail mutt msmtp aws-vault ngrok cloudflared",
    text: "reaches other machines",
  },
  { kind: "irreversible", programs: "rsync", line: /(?:^| )[^\s/]+:{1,2}\S/, text: "reaches other machines" },
  { kind: "irreversible", programs: "dropdb dropuser mysqladmin", text: "drops a database" },
  {
    kind: "irreversible",
    programs: "prisma",
    line: /^(?:migrate (?:reset|deploy|resolve)|db (?:push|execute|seed))\b/,
    text: "changes a database",
  },
  {
    kind: "irreversible",
    programs: "rails rake bin/rails",
    line: /(?:^| )db:(?:drop|reset|purge|schema:load|migrate:reset|rollback|truncate_all)\b/,
    text: "drops or resets a database",
  },
  {
    kind: "irreversible",
    programs: "alembic knex sequelize sequelize-cli typeorm flyway liquibase drizzle-kit dbmate goose",
    line: /(?:^| )(?:downgrade|migrate:rollback|rollback|drop|db:drop|schema:drop|clean|drop-all|push|down|reset|undo|migrate:undo\S*)\b/,
    text: "takes back or drops parts of a database",
  },
  {
    kind: "irreversible",
    programs: "php python python3 manage.py artisan",
    line: /(?:^| )(?:\S*artisan|\S*manage\.py)? ?(?:migrate:(?:fresh|reset|refresh|rollback)|db:wipe|flush|reset_db|sqlflush|dropdb)\b/,
    text: "empties a database",
  },
  {
    kind: "privilege",
    programs: "sudo doas su pkexec run0 sudoedit visudo gosu setpriv",
    text: "takes the rights of another user",
  },
  {
    kind: "privilege",
    programs:
      "setcap chown chgrp chattr setfacl mount umount insmod modprobe rmmod sysctl iptables nft ufw useradd usermod userdel groupadd passwd chpasswd loginctl hostnamectl capsh",
    text: "changes rights or the system",
  },
  {
    kind: "privilege",
    programs: "chmod",
    line: /(?:^| )(?:[ugoa]*[+=][rwxX]*[st]|[2467]\d{3}|0?[2467]\d{3})(?: |$)/,
    text: "gives a file the rights of its owner",
  },
  {
    kind: "privilege",
    programs:
      "apt apt-get aptitude dpkg yum dnf rpm pacman apk zypper brew port snap flatpak nix-env emerge choco scoop winget",
    unless: /^(?:list|search|show|info|--version|-l|-q\w*|query)\b/,
    text: "changes the packages of the machine",
  },
  {
    kind: "privilege",
    programs: "systemctl service launchctl crontab rc-service initctl update-rc.d",
    unless: /^(?:status|list-\S+|show|is-active|-l)\b/,
    text: "changes what the machine runs by itself",
  },
  {
    kind: "irreversible",
    programs:
      "reboot shutdown halt poweroff init telinit mkfs fdisk parted wipefs blkdiscard sfdisk mkswap swapoff shred srm diskutil",
    text: "acts on the machine or its disks",
  },
  {
    kind: "irreversible",
    programs: "kill",
    line: /(?:^| )(?:-\S+ )?(?:--? ?)?-1(?: |$)/,
    text: "ends every process",
  },
  {
    kind: "mass_delete",
    programs: "find fd",
    line: /(?:^| )-delete(?: |$)/,
    text: "deletes whatever it finds",
  },
];

const BY_PROGRAM = new Map<string, Danger[]>();
for (const danger of DANGERS) {
  for (const program of danger.programs.split(" ")) {
    const known = BY_PROGRAM.get(program) ?? [];
    if (known.push(danger) === 1) BY_PROGRAM.set(program, known);
  }
}

const DATABASES: ReadonlySet<string> = new Set(
  "psql mysql mariadb mysqlsh sqlite3 sqlite mongosh mongo redis-cli valkey-cli sqlcmd cockroach clickhouse clickhouse-client cqlsh duckdb sqlplus neo4j cypher-shell influx".split(
    " ",
  ),
);
const DESTROYS =
  /\b(?:drop|truncate|alter)\s+(?:table|database|schema|index|view|user|role|column|keyspace|collection|if)\b|\btruncate\s+\w|\bdelete\s+from\b|\bdropdatabase\b|\.drop\s*\(|\bdeletemany\b|\.remove\s*\(|\bflush(?:all|db)\b|\bunlink\b|\bdetach\s+delete\b/i;

/** What a program with these words does that a person has to allow; null: nothing known. */
export function findDanger(program: string, rest: readonly string[]): Hazard | null {
  const lines = listReadings(rest).map((words) => words.join(" "));
  const safest = skipGlobals(program, rest).join(" ");
  const found = BY_PROGRAM.get(program)?.find(
    ({ line, unless }) =>
      (line === undefined || lines.some((each) => line.test(each))) && unless?.test(safest) !== true,
  );
  return found === undefined ? null : { kind: found.kind, text: `${program} ${found.text}` };
}

/** True where what a program does depends on its first words. */
export const dependsOnWords = (program: string): boolean =>
  BY_PROGRAM.get(program)?.some(({ line }) => line !== undefined) === true;

/** An option may take the word behind it or not: what the words are where its subcommand begins, each way. */
function listReadings(rest: readonly string[]): readonly (readonly string[])[] {
  const readings: (readonly string[])[] = [rest];
  let isAfterOption = true;
  for (const [at, word] of rest.entries()) {
    const isOption = /^[-+]/.test(word);
    if (!isOption) {
      readings.push(rest.slice(at));
      if (!isAfterOption || at === 0) break;
    }
    isAfterOption = isOption;
  }
  return readings;
}

/** Options before a subcommand that take a word and change nothing about what it does. */
const GLOBALS_WITH_VALUE =
  /^(?:-C|--prefix|-w|--workspace|--filter|-F|--cwd|--context|-n|--namespace|--kubeconfig|--manifest-path|-R|--repo|--dir|--directory|--project)$/;
const GLOBALS =
  /^(?:--no-pager|-P|--silent|-s|-q|--quiet|-r|--recursive|--workspaces|-ws|--offline|--locked|\+[\w.-]+|--[a-z-]+=.*)$/;

/** Programs whose words begin with a subcommand. */
const WITH_SUBCOMMANDS: ReadonlySet<string> = new Set(
  "git npm pnpm yarn bun cargo go make gmake docker podman kubectl oc helm gh glab terraform tofu pip pip3 uv poetry".split(
    " ",
  ),
);

/** The words from the subcommand on, as far as the options before it are known; all words where a program has none. */
export function skipGlobals(program: string, rest: readonly string[]): readonly string[] {
  if (!WITH_SUBCOMMANDS.has(program)) return rest;
  let at = 0;
  for (; at < rest.length; at += 1) {
    const word = rest[at] ?? "";
    if (GLOBALS_WITH_VALUE.test(word)) at += 1;
    else if (!GLOBALS.test(word)) break;
  }
  return rest.slice(at);
}

/** @param whole everything that could reach the database: words, here-documents, what is piped into it */
export function findDatabaseDanger(program: string, whole: string): Hazard | null {
  if (!DATABASES.has(program) || !DESTROYS.test(whole)) return null;
  return { kind: "irreversible", text: `${program} deletes from a database` };
}

/** Programs that load from the network. */
export const LOADERS: ReadonlySet<string> = new Set(
  "curl wget http https httpie xh aria2c fetch lynx".split(" "),
);

/** Variables that change which code runs. */
export const DANGEROUS_VARIABLE =
  /^(?:PATH|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|IFS|LD_.*|DYLD_.*|GIT_(?!AUTHOR_|COMMITTER_|PAGER$|TERMINAL_PROMPT$|OPTIONAL_LOCKS$|EDITOR$|SEQUENCE_EDITOR$).*|PYTHONSTARTUP|PYTHONPATH|PERL5LIB|PERL5OPT|RUBYOPT|RUBYLIB|NODE_PATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|PAGER|BROWSER|VISUAL|SHELL|HOME|XDG_CONFIG_HOME|NPM_CONFIG_.*|npm_config_.*|PIP_.*|UV_.*INDEX.*|YARN_REGISTRY|CARGO_.*(?:WRAPPER|LINKER|RUNNER|INDEX).*|RUSTC_WRAPPER|GOPROXY|GONOSUMDB|GOFLAGS|HTTPS?_PROXY|ALL_PROXY|https?_proxy|OSQR_.*)$/;

/** Options that take packages from another place. */
export const OTHER_SOURCE =
  /^(?:--(?:registry|index-url|extra-index-url|find-links|index|default-index|trusted-host|source|git|channel|pre-install|config)(?:=|$)|-i$)|^(?:[a-z][a-z0-9+.-]*:\/\/|git\+|git@|github:|gitlab:|bitbucket:|gist:)|@(?:https?:|git)/i;
