/**
 * Prefix of the headers by which authentication and the processor tell what they found out. Clients' own headers of
 * that name are removed before anything reads them.
 */
export const identityHeaderPrefix = "x-ai-gateway-";

/** Holds the name of the API key that a request came with; set by authentication. */
export const clientKeyHeader = `${identityHeaderPrefix}client`;

/** Holds the tier that a budget overflowed to; set by the processor, matched by the routes. */
export const tierHeader = `${identityHeaderPrefix}tier`;
