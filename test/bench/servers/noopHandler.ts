import type { MessageHandler } from "../../../extproc/wire/messages";

/** Answers every message at once and changes nothing: what is left is what the server itself costs. */
export const noopHandler: MessageHandler = {
  open: (send) => ({
    take: ({ kind }) => {
      if (kind !== "unknown") {
        send({ kind });
      }
    },
    end: () => {},
  }),
  log: () => {},
};
