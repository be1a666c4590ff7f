import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import protobuf from "protobufjs";
import "protobufjs/ext/descriptor";
import { protoFolder, serviceFiles } from "./protoFiles";

/** What `protobufjs/ext/descriptor` adds. */
interface Describable {
  toDescriptor(edition: string): protobuf.Message;
}

/** Descriptors of the `.proto` files, made without a compiler of protobuf. */
export function readDescriptors(): FileDescriptorSet {
  const root = protobuf.loadSync(serviceFiles.map((name) => join(protoFolder, name)));
  const message = (root.resolveAll() as unknown as Describable).toDescriptor("proto3");
  const { descriptor } = protobuf as unknown as { descriptor: { FileDescriptorSet: protobuf.Type } };
  const set = fromBinary(FileDescriptorSetSchema, descriptor.FileDescriptorSet.encode(message).finish());
  // A package uses what stands before it here: google, envoy.config, envoy.extensions, envoy.service.
  const rank = (name: string) => (name.startsWith("google.") ? "" : name);
  set.file.sort((a, b) => (rank(a.package) < rank(b.package) ? -1 : 1));
  return qualify(set);
}

/** protobufjs writes names of types as they stand in the files; other libraries want them in full. */
function qualify(set: FileDescriptorSet): FileDescriptorSet {
  const known = new Set<string>();
  for (const file of set.file) {
    for (const type of file.messageType) {
      addNames(type, file.package, known);
    }
    for (const { name } of file.enumType) {
      known.add(`${file.package}.${name}`);
    }
  }
  for (const file of set.file) {
    for (const type of file.messageType) {
      qualifyMessage(type, file.package, known);
    }
    for (const method of file.service.flatMap((service) => service.method)) {
      method.inputType = resolve(method.inputType, file.package, known);
      method.outputType = resolve(method.outputType, file.package, known);
    }
  }
  return set;
}

function addNames(type: DescriptorProto, scope: string, known: Set<string>): void {
  const name = `${scope}.${type.name}`;
  known.add(name);
  for (const inner of type.enumType) {
    known.add(`${name}.${inner.name}`);
  }
  for (const inner of type.nestedType) {
    addNames(inner, name, known);
  }
}

function qualifyMessage(type: DescriptorProto, scope: string, known: ReadonlySet<string>): void {
  const name = `${scope}.${type.name}`;
  for (const field of type.field) {
    if (field.typeName !== "") {
      field.typeName = resolve(field.typeName, name, known);
    }
  }
  for (const inner of type.nestedType) {
    qualifyMessage(inner, name, known);
  }
}

/** Looks in the scope itself, then in those around it, as protobuf does. */
function resolve(name: string, scope: string, known: ReadonlySet<string>): string {
  if (name.startsWith(".")) {
    return name;
  }
  const parts = scope.split(".");
  for (let length = parts.length; length >= 0; length -= 1) {
    const full = [...parts.slice(0, length), name].join(".");
    if (known.has(full)) {
      return `.${full}`;
    }
  }
  throw new Error(`${name} is declared nowhere around ${scope}`);
}
