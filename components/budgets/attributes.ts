import type { Problems } from "../shared/problems";

/** What an attribute may be called, in the policy document too. */
const attributeName = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;

/** What `per` can name besides attributes of the caller. */
export const modelDimension = "model";

export function checkAttributeName(path: string, attribute: string, problems: Problems): void {
  if (!attributeName.test(attribute)) {
    problems.add(
      path,
      `${JSON.stringify(attribute)} is not the name of an attribute; use a letter and up to 62 letters, digits, ".", "-" and "_"`,
    );
  } else if (attribute === modelDimension) {
    problems.add(path, '"model" is the model of the request; choose another name');
  }
}
