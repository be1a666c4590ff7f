import { Gauge, type Registry } from "prom-client";
import { metricNames as names } from "./metricNames";

/** What the service says of itself when it is asked. */
export interface ServiceState {
  /** Streams of Envoy that are open. */
  openStreams(): number;
  /** Reservations that are open in the whole ledger; `undefined` when it cannot be asked. */
  liveHolds(): Promise<number | undefined>;
  /** Whether the newest policy document was refused. */
  isPolicyStale(): boolean;
  /** Whether the newest keys file was refused. */
  areKeysStale(): boolean;
  /** Whether the store has answered once since the start: until then no call needs to have failed. */
  hasStoreAnswered(): boolean;
}

/** Registers the figures that are not counted but asked for. */
export function serviceGauges(registry: Registry, state: ServiceState) {
  const registers = [registry];
  const streams: Gauge = new Gauge({
    name: names.streams,
    help: "Requests that this replica has open",
    registers,
    collect: () => streams.set(state.openStreams()),
  });
  const stale: Gauge = new Gauge({
    name: names.policyStale,
    help: "1 while the newest policy document is refused and the one before it goes on",
    registers,
    collect: () => stale.set(state.isPolicyStale() ? 1 : 0),
  });
  const keysStale: Gauge = new Gauge({
    name: names.keysStale,
    help: "1 while the newest file of API keys is refused and the one before it goes on",
    registers,
    collect: () => keysStale.set(state.areKeysStale() ? 1 : 0),
  });
  const holds: Gauge = new Gauge({
    name: names.holdsLive,
    help: "Reservations that are open in the whole ledger: the same figure from each replica",
    registers,
    async collect() {
      const live = await state.liveHolds();
      // No figure is better than an old one.
      if (live === undefined) {
        holds.remove();
      } else {
        holds.set(live);
      }
    },
  });
  let isStoreUp = true;
  const degraded: Gauge = new Gauge({
    name: names.degraded,
    help: "1 while the store does not answer",
    registers,
    collect: () => degraded.set(isStoreUp && state.hasStoreAnswered() ? 0 : 1),
  });
  const info = new Gauge({
    name: names.policyInfo,
    help: "The policy in force, by the fingerprint of its document",
    labelNames: ["id"],
    registers,
  });
  return {
    storeState(isUp: boolean) {
      isStoreUp = isUp;
    },
    policyAccepted(id: string) {
      info.reset();
      info.set({ id }, 1);
    },
  };
}
