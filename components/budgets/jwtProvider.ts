/** Namespace of Envoy's dynamic metadata in which verified tokens stand. */
export const jwtNamespace = "envoy.filters.http.jwt_authn";

/** Name of the provider of `access.jwt`, under which the claims of a verified token stand there. */
export const jwtProvider = "access";

/** Attribute that says by name which of `access.issuers` has issued a caller's token. */
export const issuerAttribute = "issuer";
