import { randomFrom } from "../../support/randomFrom";

/** Chance that is the same for a seed every time. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    // Seeds that follow each other begin alike.
    this.random();
    this.random();
  }

  /** A whole number from 0 up to a limit, which is left out. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T | undefined;
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  /** One that others may be made of. */
  split(): Dice {
    return new Dice(this.below(2 ** 31));
  }
}
