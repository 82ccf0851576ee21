/**
 * Steps around a spec's own tasks, by the type of the work. Steps without a command need an executor that understands their
 * instructions.
 */

/** A step of a template. */
export interface TemplateStep {
  readonly key: string;
  readonly title: string;
  readonly instructions: string;
  readonly done: string;
  /** May run beside its neighbours that may too. */
  readonly parallel?: true;
  /** Its failure stops nothing else. */
  readonly optional?: true;
}

export interface Template {
  readonly type: string;
  readonly title: string;
  readonly before: readonly TemplateStep[];
  /** What the spec's own tasks are in this type of work, and when they are done. */
  readonly tasks: { readonly title: string; readonly done: string };
  readonly after: readonly TemplateStep[];
}

const step = (
  key: string,
  title: string,
  { instructions, done }: Pick<TemplateStep, "instructions" | "done">,
): TemplateStep => ({ key, title, instructions, done });

const beside = (made: TemplateStep): TemplateStep => ({ ...made, parallel: true });
const optional = (made: TemplateStep): TemplateStep => ({ ...made, optional: true });

const checkResult = (what: string, done: string): TemplateStep =>
  step("validate", "check the result", { instructions: what, done });

const building: readonly Template[] = [
  {
    type: "code-implementation",
    title: "new code",
    before: [
      step("analyze", "understand what is asked", {
        instructions:
          "Read the spec and the code that it touches. Write down what has to change, where, and what could break.",
        done: "What changes and where is written down; open points are asked.",
      }),
    ],
    tasks: { title: "write the code", done: "All tasks of the spec are built." },
    after: [
      optional(
        beside(
          step("tests", "write tests", {
            instructions: "Write tests for what was built: the usual way, the borders, the failures.",
            done: "What was built has tests that fail without it.",
          }),
        ),
      ),
      checkResult(
        "Compare the result with the spec, task by task, and repair what is missing.",
        "Everything that the spec asks for is there and the gates pass.",
      ),
    ],
  },
  {
    type: "ui-design",
    title: "user interface",
    before: [
      step("analyze", "understand what people need", {
        instructions:
          "Read the spec and the components that exist. Write down states, sizes, keyboard use and what has to be reachable.",
        done: "States, sizes and accessibility needs are written down.",
      }),
    ],
    tasks: { title: "build the components", done: "All components of the spec are built." },
    after: [
      optional(
        beside(
          step("tests", "write tests and stories", {
            instructions: "Write tests for behaviour and a story for each state.",
            done: "Each state has a story and each behaviour a test.",
          }),
        ),
      ),
      optional(
        step("look", "look at the result", {
          instructions: "Go through all states and sizes; note what differs from the spec.",
          done: "What differs from the spec is repaired or noted.",
        }),
      ),
    ],
  },
  {
    type: "refactoring",
    title: "refactoring",
    before: [
      step("analyze", "find what has to stay", {
        instructions: "Write down the behaviour that must not change, and which tests hold it.",
        done: "The behaviour to keep is listed with its tests.",
      }),
      step("secure", "hold the behaviour by tests", {
        instructions: "Write tests for behaviour that none holds yet. Change nothing else.",
        done: "All behaviour to keep is held by passing tests.",
      }),
    ],
    tasks: { title: "change the structure", done: "All tasks are done and no behaviour has changed." },
    after: [
      checkResult(
        "Compare behaviour, public names and timings with what was written down at the start.",
        "Nothing that had to stay has changed and the gates pass.",
      ),
    ],
  },
  {
    type: "bug-fix",
    title: "bug fix",
    before: [
      step("reproduce", "reproduce the fault", {
        instructions: "Write a test that fails because of the fault. Change nothing else.",
        done: "A test fails for the reason that was reported.",
      }),
      step("diagnose", "find the cause", {
        instructions:
          "Find the cause, not only the place where it shows. Write it down with the lines that prove it.",
        done: "The cause is written down and proven.",
      }),
    ],
    tasks: { title: "fix the cause", done: "The failing test passes and the cause is gone." },
    after: [
      optional(
        beside(
          step("relatives", "look for the same fault elsewhere", {
            instructions: "Search for the same mistake in other places; fix or note them.",
            done: "Other places are fixed, or there are none.",
          }),
        ),
      ),
      checkResult(
        "Run what was reported again, and everything around it.",
        "The fault is gone, nothing else has changed, and the gates pass.",
      ),
    ],
  },
  {
    type: "performance",
    title: "performance",
    before: [
      step("measure", "measure the present state", {
        instructions:
          "Write a benchmark that can be repeated, run it, and find where the time or the memory goes.",
        done: "There is a repeatable number, and the cause of it is known.",
      }),
    ],
    tasks: { title: "make it faster", done: "All tasks are done without a change of behaviour." },
    after: [
      step("compare", "measure again", {
        instructions: "Run the same benchmark on the result and write both numbers down.",
        done: "Both numbers are written down and the goal is met.",
      }),
    ],
  },
  {
    type: "testing",
    title: "tests",
    before: [
      step("analyze", "find what is not tested", {
        instructions: "List behaviour without a test, the riskiest first.",
        done: "What is not tested is listed by risk.",
      }),
    ],
    tasks: { title: "write the tests", done: "All tasks are done and each test can fail." },
    after: [
      optional(
        beside(
          step("faults", "plant faults", {
            instructions: "Plant a fault for each new test, see the test fail, and take the fault out again.",
            done: "Each new test was seen failing.",
          }),
        ),
      ),
      checkResult(
        "Run all tests twice and look for order, time and chance in them.",
        "All tests pass, twice, in any order.",
      ),
    ],
  },
];

const knowing: readonly Template[] = [
  {
    type: "research",
    title: "research",
    before: [
      step("plan", "plan the search", {
        instructions: "Write down the questions, where to look for answers, and what would count as one.",
        done: "Questions, sources and measures are written down.",
      }),
    ],
    tasks: { title: "search", done: "All questions of the spec were looked into, with sources." },
    after: [
      step("synthesize", "put the findings together", {
        instructions: "Compare the findings, say where sources disagree, and how sure each answer is.",
        done: "Each question has an answer with sources and a degree of certainty.",
      }),
      step("report", "write the report", {
        instructions: "Write the report: the answer first, then why, then what stays open.",
        done: "The report answers the spec's questions and names its sources.",
      }),
    ],
  },
  {
    type: "documentation",
    title: "documentation",
    before: [
      step("outline", "plan for the reader", {
        instructions:
          "Write down who reads it, what they want to do, and in which order they need to know what.",
        done: "Readers, aims and an outline are written down.",
      }),
    ],
    tasks: { title: "write the text", done: "All parts of the spec are written." },
    after: [
      beside(
        step("examples", "try the examples", {
          instructions: "Run every command and every piece of code in the text as it stands there.",
          done: "Every example works as written.",
        }),
      ),
      optional(
        beside(
          step("language", "read it as a newcomer", {
            instructions: "Read it without knowing the subject; repair what is unclear, long or wrong.",
            done: "A newcomer finds the way without asking.",
          }),
        ),
      ),
    ],
  },
  {
    type: "code-review",
    title: "code review",
    before: [
      step("scope", "understand the change", {
        instructions: "Write down what the change is meant to do, and which parts carry a risk.",
        done: "Purpose and risks are written down.",
      }),
    ],
    tasks: { title: "review the parts", done: "Every part of the spec was reviewed." },
    after: [
      step("findings", "sum up the findings", {
        instructions: "List the findings by weight, each with file, line, reason and a way to repair it.",
        done: "The findings are ordered and each can be acted on.",
      }),
    ],
  },
  {
    type: "security-audit",
    title: "security audit",
    before: [
      step("threats", "draw the threats", {
        instructions: "List what is worth protecting, who could attack it, and where they could come in.",
        done: "Assets, attackers and ways in are listed.",
      }),
    ],
    tasks: { title: "look into each way in", done: "Every way in was looked at, with evidence." },
    after: [
      step("rate", "rate the findings", {
        instructions:
          "Rate each finding by likelihood and damage; say how it was shown and how to repair it.",
        done: "Each finding has a rating, evidence and a repair.",
      }),
      step("report", "write the report", {
        instructions: "Write the report: what is to be done first, by whom, and what was not looked at.",
        done: "The report names what comes first and what was left out.",
      }),
    ],
  },
];

const operating: readonly Template[] = [
  {
    type: "deployment",
    title: "deployment",
    before: [
      step("prepare", "prepare the way back", {
        instructions:
          "Write down what is deployed, in which order, how it is seen to work, and how it is taken back.",
        done: "Order, checks and the way back are written down.",
      }),
    ],
    tasks: { title: "change what is deployed", done: "All tasks of the spec are done." },
    after: [
      step("rehearse", "rehearse", {
        instructions: "Go through the deployment and the way back where nobody is harmed.",
        done: "Deployment and way back were seen to work.",
      }),
    ],
  },
  {
    type: "data-processing",
    title: "data processing",
    before: [
      step("inspect", "look at the data", {
        instructions: "Look at real samples: shapes, sizes, gaps, what is wrong in them. Write it down.",
        done: "The data is described with its faults.",
      }),
    ],
    tasks: { title: "process the data", done: "All tasks are done on the samples." },
    after: [
      beside(
        step("verify-data", "check the result", {
          instructions: "Check counts, sums, ranges and a few records by hand against the input.",
          done: "Counts and sums agree with the input.",
        }),
      ),
      optional(
        beside(
          step("repeat", "run it again", {
            instructions: "Run it a second time on the same input and compare the results.",
            done: "The second run gives the same result.",
          }),
        ),
      ),
    ],
  },
];

/** One for each type of task (WO-2). */
export const TEMPLATES: readonly Template[] = [...building, ...knowing, ...operating];
