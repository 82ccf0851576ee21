/** Where the progress of a run goes: a terminal with a footer, plain lines, or nowhere. */
import type { Context } from "../context.ts";
import { LiveScreen } from "../terminal/live.ts";
import { widthOf } from "../ui.ts";
import { renderFooter } from "./footer.ts";
import { type Line, renderLine } from "./lines.ts";
import type { RunView } from "./run-view.ts";

const FOOTER_ROWS_MAX = 12;
const TICK_MS = 1_000;

export interface Screen {
  print(lines: readonly Line[], view: RunView): void;
  /** Text that is no event. */
  say(lines: readonly string[]): void;
  close(): void;
}

/** JSON output keeps a pipe quiet: its reader wants the report alone. */
export function openScreen(context: Context, options: { readonly isJson: boolean }): Screen {
  const { stderr, env } = context.host;
  if (stderr.isTTY !== true) return options.isJson ? createQuietScreen() : createPlainScreen(context);
  return env.TERM === "dumb" ? createPlainScreen(context) : createLiveScreen(context);
}

function createQuietScreen(): Screen {
  const ignore = () => undefined;
  return { print: ignore, say: ignore, close: ignore };
}

function createPlainScreen({ ui }: Context): Screen {
  return {
    print: (lines, view) => ui.note(lines.flatMap((line) => renderLine(line, view, ui.notePage))),
    say: (lines) => ui.note(lines),
    close: () => undefined,
  };
}

function createLiveScreen({ host, ui }: Context): Screen {
  const { stderr, env } = host;
  const live = new LiveScreen(stderr, () => widthOf(stderr, env));
  const startedAt = host.now();
  let current: RunView | null = null;
  const render = (view: RunView) => {
    const rowsMax = Math.max(2, Math.min(FOOTER_ROWS_MAX, (stderr.rows ?? 24) - 2));
    return renderFooter(view, { now: host.now(), startedAt, rowsMax }, ui.notePage);
  };
  const draw = () => {
    if (current !== null) live.setFooter(render(current));
  };
  const timer = setInterval(draw, TICK_MS);
  stderr.on?.("resize", draw);
  return {
    print: (lines, view) => {
      current = view;
      const finished = lines.filter(({ isStart }) => !isStart);
      if (finished.length === 0) draw();
      else
        live.print(
          finished.flatMap((line) => renderLine(line, view, ui.notePage)),
          render(view),
        );
    },
    say: (lines) => live.print(lines),
    close: () => {
      clearInterval(timer);
      stderr.off?.("resize", draw);
      live.clear();
    },
  };
}
