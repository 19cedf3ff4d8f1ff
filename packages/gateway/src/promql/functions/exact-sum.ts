/** A sum with its rounding error carried along (Kahan with Neumaier's improvement), as Prometheus sums. */
export class ExactSum {
  sum = 0;
  carried = 0;

  constructor(first = 0) {
    this.sum = first;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) this.carried = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.carried += this.sum - total + value;
    else this.carried += value - total + this.sum;
    this.sum = total;
  }

  get total(): number {
    return this.sum + this.carried;
  }
}

/** The mean of numbers, the first of which is at `values[from]`; by increments once their sum no longer fits a number. */
export function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  const exact = new ExactSum(values[from] ?? Number.NaN);
  let index = from + 1;
  for (; index < to; index++) {
    const before = { sum: exact.sum, carried: exact.carried };
    exact.add(values[index] ?? Number.NaN);
    if (Math.abs(exact.sum) !== Number.POSITIVE_INFINITY) continue;
    return meanByIncrements(values, { from, index, to }, before);
  }
  const count = to - from;
  return exact.sum / count + exact.carried / count;
}

function meanByIncrements(
  values: ArrayLike<number>,
  at: { readonly from: number; readonly index: number; readonly to: number },
  before: { readonly sum: number; readonly carried: number },
): number {
  const done = at.index - at.from;
  const mean = new ExactSum(before.sum / done);
  mean.carried = before.carried / done;
  for (let index = at.index; index < at.to; index++) {
    const count = index - at.from + 1;
    const part = (count - 1) / count;
    mean.sum *= part;
    mean.carried *= part;
    // as Prometheus: the running mean is what the next part is added to
    const next = new ExactSum(mean.sum);
    next.carried = mean.carried;
    next.add((values[index] ?? Number.NaN) / count);
    mean.sum = next.sum;
    mean.carried = next.carried;
  }
  return mean.total;
}
