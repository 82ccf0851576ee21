/** What `osqr init` writes. Every line is a comment: nothing needs a config. */
export const CONFIG_TEMPLATE = `# osqr works without this file. Each key shows an example or what osqr does without it.
# It is read from the base branch. A project can only tighten what the operator's own config
# (~/.config/osqr/config.yaml, the same keys) allows.

# base: main                    # branch that work starts from and lands on; else the one checked out
# specs:                        # folders and files with specs, beside docs/, specs/ and plans/
#   - design/plans
# maxParallel: 4                # attempts at the same time; else one per core, at least 4
# workflow: tasks               # of specs that name none: built in, or in .osqr/workflows/
# overlaps: queue               # of specs that write the same paths: queue, ask, or branch (both at once)
# handoffs: producer            # who commits them: producer, at once, or collector, in batches
# policy: dependency_first      # fifo, dependency_first or user_defined
# order:                        # for user_defined: specs by their id
#   - token-format

# executor: claude              # who does what has no run block; claude:opus names a model
# executors:                    # who may run at all; only in the operator's own config; else the agents that are found
#   claude: { model: opus }
#   mine: { argv: [my-agent, --acp], env: [MY_AGENT_KEY] }
#   goose: { registry: goose }  # by the public registry's launch data
# registry: ~/agents/registry.json   # that data; else registry.json beside the operator's own config
# routes:                       # by type of task, best first
#   documentation: [mine, claude:haiku]
# fallbacks:                    # who takes over; only in the operator's own config
#   claude: [mine]
# cheaper:                      # when a run's budget is nearly used up; only in the operator's own config
#   claude: claude:haiku


# me: dana                      # who signs reviews; only in the operator's own config; else git's user.name
# roles:                        # who may sign what: a role that is not named here may be taken by anybody
#   reviewer: [dana, sam]

# gates:                        # checks on what was built; else found from package.json, Makefile, Cargo.toml ...
#   tests: npm test
#   slow: { command: npm run e2e, timeout: 15m }
#   lint: false                 # switches off one that was found
#   coverage: { target: 80 }    # lines that tests run: below it and lower than before does not land
#   security: on                # the package manager's audit: asks a server
#   benchmark: { command: npm run bench, pattern: 'mean ([0-9.]+) ms', slower: 1.2 }
#   secrets: { allow: [test/fixtures/**] }   # only in the operator's own config

# setup: npm ci                 # installs dependencies; else inferred from lockfiles; false: nothing to install
# resources:                    # what specs may share with \`uses\`, and how much of it there is
#   database: 1
# taskTimeout: 5m               # for tasks that say nothing themselves; agents have 1h
# taskStuck: 10m                # how long nothing is seen of an agent before you are asked; from 4m
# taskRounds: 2                 # how often an agent hears what turned its result down before another one takes over

# watch:                        # while an attempt runs; \`off\` switches a check off
#   every: 15s
#   tokens: { warn: 75, red: 85 }            # percent of what was reserved
#   progress: { after: 20m }                 # work without a change: you are asked
#   errorRate: { limit: 50, sample: 10 }     # percent of the last calls of tools
#   memory: { max: 4 GiB }
#   disk: { max: 4 GiB }

# disk:
#   maxBytes: 20 GiB            # what workspaces and caches may use
#   minFreeBytes: 1 GiB         # what must stay free

# sandbox:
#   level: bubblewrap           # bubblewrap, process or container; else the strongest that works here
#   container:                  # only in the operator's own config; see docs/sandbox.md
#     image: localhost/agents:1
#   network: off                # off, open, or { allow: [packages:npm] }
#   mounts:                     # more that tasks may read
#     - ~/data/fixtures
#   env:                        # variables that tasks get
#     - CI

# budget:                       # what agents may use; else without limit
#   run: { tokens: 5M, usd: 20 }
#   workstream: { usd: 5 }
#   task: { usd: 2 }
#   toolCalls: 300              # of an agent that does not say what it uses

# estimate:                     # how long a task takes of which nothing is known
#   low: 5s
#   high: 1m

# autonomy:                     # what agents may do without asking; a project can only tighten it
#   tier: balanced              # supervised, balanced, autonomous or full_auto
#   rules:                      # full, supervised or ask; see docs/autonomy.md
#     delete: ask
#     edit: { level: full, when: { paths: [src/**], maxFiles: 5 }, otherwise: ask }
#   confidence:
#     proceed: 0.9
#     log: 0.7
`;
