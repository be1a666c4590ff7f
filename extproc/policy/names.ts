/** What an attribute of the caller may be called. */
export const attributeName = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
export const attributeNameMeaning = "a letter and up to 62 letters, digits, dots, dashes or underscores";

/** A header's name as HTTP/2 has it. */
export const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
