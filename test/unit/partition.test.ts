import { expect, it } from "vitest";
import { partitionOf } from "../../components/shared/partition";

it.each([
  ["us-east-1", "aws"],
  ["eu-central-2", "aws"],
  ["us-gov-west-1", "aws-us-gov"],
  ["us-gov-east-1a", "aws-us-gov"],
  ["cn-northwest-1", "aws-cn"],
  ["eusc-de-east-1", "aws-eusc"],
  ["us-iso-east-1", "aws-iso"],
  ["us-isob-east-1", "aws-iso-b"],
  ["eu-isoe-west-1", "aws-iso-e"],
  ["us-isof-south-1", "aws-iso-f"],
])("%s is in %s", (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
