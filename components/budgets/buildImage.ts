import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { getAuthorizationTokenOutput } from "@pulumi/aws/ecr/getAuthorizationToken";
import { Image, type Platform } from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { packageRoot } from "../../tools/packageRoot";
import { packageVersion } from "../gateway/releases";
import type { ResolvedProcessorBuild } from "./resolvedProcessor";

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>` */
const ecrUrl = /^([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/;

/**
 * Builds the processor's image from the files of this package and pushes it. Returns it with its digest, so that pods
 * change with its content and with nothing else. A preview builds nothing.
 *
 * @throws ResourceError when the processor's files are not there.
 */
export function buildImage(
  name: string,
  build: ResolvedProcessorBuild,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const args = {
    context: { location: imageContext(parent) },
    platforms: [...build.platforms] as Platform[],
    tags: [pulumi.interpolate`${build.repositoryUrl}:${packageVersion}`],
    registries: [registry(build, parent)],
    push: true,
    buildOnPreview: false,
  };
  return new Image(name, args, { parent }).ref;
}

/** The folder with the Dockerfile, seen from the program, so that its path is the same on every machine. */
function imageContext(parent: pulumi.Resource): string {
  const folder = join(packageRoot(), "extproc");
  for (const file of ["Dockerfile", "dist/processor.cjs"]) {
    if (!existsSync(join(folder, file))) {
      throw new pulumi.ResourceError(
        `the processor's image cannot be built: ${join(folder, file)} is missing; in a checkout of this package run npm run build first`,
        parent,
        true,
      );
    }
  }
  return relative(process.cwd(), folder);
}

function registry(build: ResolvedProcessorBuild, parent: pulumi.Resource) {
  const url = pulumi.output(build.repositoryUrl);
  const address = url.apply((text) => text.split("/")[0] ?? text);
  if (build.login !== undefined) {
    return { address, username: build.login.username, password: pulumi.secret(build.login.password) };
  }
  const part = (index: 1 | 2) =>
    url.apply((text) => {
      const found = ecrUrl.exec(text)?.[index];
      if (found === undefined) {
        throw new Error(
          "processor.build.repositoryUrl is not a repository of ECR; give username and password of its registry",
        );
      }
      return found;
    });
  const token = getAuthorizationTokenOutput({ registryId: part(1), region: part(2) }, { parent });
  return { address, username: token.userName, password: pulumi.secret(token.password) };
}
