import * as k8s from "@pulumi/kubernetes";
import type { Resource } from "@pulumi/pulumi";
import type { ClusterParts } from "./clusterParts";

/** Name of the objects in the cluster. */
export const volumeGuardName = "ai-gateway-volume-guard";
/** Label of a PersistentVolume that may outlive the cluster. */
export const keptVolumeLabel = "ai-gateway/keep";

/**
 * Makes the destruction of a cluster stop while it still has volumes that its driver would delete: with the driver
 * gone, nobody would, and their disks would cost money for ever.
 *
 * The API server itself refuses to delete the guard, a ConfigMap without content, while such a volume is there. It
 * comes after the driver and before the pools, so on the way down it is deleted when all that uses volumes has gone.
 */
export function createVolumeGuard(
  { name, parent }: ClusterParts,
  provider: k8s.Provider,
  before: readonly Resource[],
): Resource {
  const opts = { parent, provider, dependsOn: [...before] };
  const metadata = { name: volumeGuardName };
  const guard = { namespace: "kube-system", ...metadata };
  const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-volume-guard`,
    {
      metadata,
      spec: {
        // A guard that cannot be asked must not hold up anything.
        failurePolicy: "Ignore",
        paramKind: { apiVersion: "v1", kind: "PersistentVolume" },
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["DELETE"],
              resources: ["configmaps"],
              resourceNames: [volumeGuardName],
            },
          ],
        },
        validations: [
          {
            expression: "params.spec.persistentVolumeReclaimPolicy != 'Delete'",
            messageExpression:
              "'volume ' + params.metadata.name + ' is still there and nobody would delete its disk once the " +
              "cluster is gone; delete the claim that holds it, or give the volume the label " +
              `${keptVolumeLabel}=true to keep the disk, and run the command again'`,
            reason: "Forbidden",
          },
        ],
      },
    },
    opts,
  );
  const binding = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-volume-guard`,
    {
      metadata,
      spec: {
        policyName: volumeGuardName,
        validationActions: ["Deny"],
        // Each volume is looked at; without one the answer is yes.
        paramRef: {
          selector: { matchExpressions: [{ key: keptVolumeLabel, operator: "DoesNotExist" }] },
          parameterNotFoundAction: "Allow",
        },
        matchResources: {
          namespaceSelector: {
            matchExpressions: [
              { key: "kubernetes.io/metadata.name", operator: "In", values: [guard.namespace] },
            ],
          },
        },
      },
    },
    { ...opts, dependsOn: [policy] },
  );
  return new k8s.core.v1.ConfigMap(
    `${name}-volume-guard`,
    { metadata: guard, data: {} },
    { ...opts, dependsOn: [binding] },
  );
}
