import type { AcceleratorShape } from "../cluster/acceleratorShape";
import type { ModelShape } from "./modelShape";
import { alternatives, cheapestPlacement, placeModel } from "./placement";
import type { Alternative, HourlyPrices, PlacementWanted } from "./placementArgs";
import { sizeModel } from "./sizing";
import { SizingIssue } from "./sizingArgs";

const most = 3;

/** Why a model does not run on the nodes of its pool, and which would do, with their price; empty when it runs. */
export function poolSentences(
  model: ModelShape,
  wanted: PlacementWanted,
  node: AcceleratorShape,
  shapes: readonly AcceleratorShape[],
  prices: HourlyPrices = {},
): readonly string[] {
  const { problems } = sizeModel(model, node, wanted);
  return problems.map(({ what, fact, sentence }) => {
    // Another node does not make a request shorter than the model's own context, nor an option possible.
    if (what === SizingIssue.ContextLength || what === SizingIssue.Option) {
      return sentence;
    }
    const offers = nearest(model, wanted, node, shapes, prices).slice(0, most).map(offer);
    return offers.length === 0 ? sentence : `${fact}; use ${offers.join(" or ")}`;
  });
}

/** The same node with another split, then nodes with the same GPU, then whatever is cheapest; each node once. */
function nearest(
  model: ModelShape,
  wanted: PlacementWanted,
  node: AcceleratorShape,
  shapes: readonly AcceleratorShape[],
  prices: HourlyPrices,
): readonly Alternative[] {
  const { tensorParallel: _, pipelineParallel: __, ...free } = wanted;
  const [here] = placeModel(model, free, [node], prices);
  const alike = cheapestPlacement(
    model,
    free,
    shapes.filter(({ gpu }) => gpu === node.gpu),
    prices,
  );
  const near = [here, alike].flatMap((placement) =>
    placement === undefined ? [] : [{ placement, change: "" }],
  );
  const byName = new Map<string, Alternative>();
  for (const each of [...near, ...alternatives(model, wanted, shapes, prices)]) {
    const { name } = each.placement.shape;
    byName.set(name, byName.get(name) ?? each);
  }
  return [...byName.values()];
}

function offer({ placement: { shape, sizing, usdPerHour }, change }: Alternative): string {
  const split = sizing.tensorParallel === 1 ? "" : `tensorParallel ${sizing.tensorParallel} on `;
  const nodes = sizing.nodes === 1 ? "" : `${sizing.nodes} nodes of `;
  const price = usdPerHour === undefined ? "no hourly price" : `${usdPerHour.toFixed(2)} USD/h`;
  const how = change === "" || sizing.nodes > 1 ? "" : ` with ${change}`;
  return `${split}${nodes}${shape.name}${how} (${price})`;
}
