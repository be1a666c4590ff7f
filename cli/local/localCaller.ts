import { usableLocalKey } from "../../components/budgets/localAccess";
import type { ResolvedModelGateway } from "../../components/models/resolved";
import type { LocalTokens } from "./localTokens";

/** How the requests of this command, and those that it proposes, are let in. */
export interface LocalCaller {
  /** Headers that they carry; none where everybody may call. */
  readonly headers: Readonly<Record<string, string>>;
  /** The token among them, which is too long to stand in each command; absent for API keys. */
  readonly token: string | undefined;
}

/** A caller that the gateway knows: the first API key that counts, or a token of this run. */
export function localCaller(
  { access, budgets }: Pick<ResolvedModelGateway, "access" | "budgets">,
  tokens: LocalTokens | undefined,
): LocalCaller {
  const key = access?.apiKeys === undefined ? undefined : usableLocalKey(access.apiKeys, Date.now());
  if (key !== undefined) {
    return { headers: { authorization: `Bearer ${key}` }, token: undefined };
  }
  // Of those that budgets name, so that it can be seen how they count.
  const team = budgets.find(({ teams }) => teams !== undefined)?.teams?.[0];
  const user = budgets.find(({ users }) => users !== undefined)?.users?.[0];
  const token = tokens?.token({
    ...(team === undefined ? {} : { team }),
    ...(user === undefined ? {} : { user }),
  });
  return token === undefined
    ? { headers: {}, token }
    : { headers: { authorization: `Bearer ${token}` }, token };
}
