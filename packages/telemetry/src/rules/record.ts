import { type Selector, selector, type Vector } from "./expression.ts";
import type { RecordingRule } from "./rule.ts";

/** A recording rule that alerts and other rules can name with its labels. */
export interface Recorded<L extends string> extends RecordingRule {
  readonly series: Selector<L>;
}

/** Records an expression as `level:metric:operation`. */
export function record<L extends string>(name: string, of: Vector<L>, description: string): Recorded<L> {
  return { record: name, expr: of.text, description, series: selector(name) };
}
