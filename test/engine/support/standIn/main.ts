import { readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { AwsBehaviour } from "./aws";
import type { ShapeTable } from "./checkShape";
import { dockerBuildBehaviour } from "./dockerBuild";
import { eksBehaviour } from "./eks";
import { KubernetesBehaviour, type KubernetesSettings } from "./kubernetes";
import { ObjectStore } from "./objectStore";
import { type Behaviour, previewing, StandInProvider } from "./provider";
import { randomBehaviour } from "./random";

// One program for all stand-ins; the scripts `pulumi-resource-NAME` start it with their name.

const [name = "", ...args] = process.argv.slice(2);

/** A variable that the harness sets. */
function variable(key: string): string {
  const value = process.env[key];
  if (value === undefined) {
    throw new Error(`${key} is not set: stand-ins run under the harness of the engine tests only`);
  }
  return value;
}

const folder = variable("STAND_IN_FOLDER");
const shapes = JSON.parse(readFileSync(variable("STAND_IN_SHAPES"), "utf8")) as ShapeTable;
const store = new ObjectStore(folder);
const settings: KubernetesSettings = {};
const settingKeys = ["enableConfigMapMutable", "enableSecretMutable", "upsertExistingObjects"] as const;

const behaviours: Readonly<Record<string, () => Behaviour>> = {
  aws: () => new AwsBehaviour(store, shapes),
  "docker-build": () => dockerBuildBehaviour(shapes),
  eks: () => eksBehaviour(shapes, variable("STAND_IN_AWS_VERSION")),
  kubernetes: () => new KubernetesBehaviour(store, shapes, settings),
  random: () => randomBehaviour(shapes),
};

/** Handlers of calls as Pulumi's server for providers in TypeScript registers them. */
type Handlers = Readonly<Record<string, grpc.handleUnaryCall<Request, Response>>>;
interface Request {
  getPreview(): boolean;
  getArgs(): { toJavaScript(): Record<string, unknown> } | undefined;
}
interface Response {
  setSupportspreview(supports: boolean): void;
}

/** That server hands on neither the settings of a provider nor whether a call is a preview; here they are caught. */
function listen(): void {
  const original = grpc.Server.prototype.addService;
  grpc.Server.prototype.addService = function (this: grpc.Server, definition, given) {
    const handlers = given as unknown as Handlers;
    const wrap = (key: string, wrapped: grpc.handleUnaryCall<Request, Response>) => ({
      [key]: { value: wrapped },
    });
    const inner = (key: string): grpc.handleUnaryCall<Request, Response> => {
      const handler = handlers[key];
      if (handler === undefined) {
        throw new Error(`Pulumi's server has no ${key}`);
      }
      return handler.bind(handlers);
    };
    const [configure, create, update] = [inner("configure"), inner("create"), inner("update")];
    const previewed =
      (handler: typeof create): typeof create =>
      (call, done) =>
        previewing.run(call.request.getPreview(), () => handler(call, done));
    const wrapped: Handlers = Object.create(handlers, {
      ...wrap("create", previewed(create)),
      ...wrap("update", previewed(update)),
      ...wrap("configure", (call, done) => {
        const args = call.request.getArgs()?.toJavaScript() ?? {};
        for (const key of settingKeys) {
          settings[key] = String(args[key]) === "true";
        }
        configure(call, (error, response) => {
          response?.setSupportspreview(true);
          done(error, response);
        });
      }),
    });
    original.call(this, definition, wrapped as unknown as grpc.UntypedServiceImplementation);
  };
}

const behaviour = behaviours[name];
if (behaviour === undefined) {
  throw new Error(`there is no stand-in for "${name}"`);
}
listen();
void pulumi.provider.main(new StandInProvider(behaviour(), store, folder), args);
