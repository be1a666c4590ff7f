/** Namespace of Envoy's dynamic metadata in which verified tokens stand. */
export const jwtNamespace = "envoy.filters.http.jwt_authn";

/** Name of the provider, under which the claims of a verified token stand there. */
export const jwtProvider = "access";
