import { checkObjectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import { AutoscaledBy, type AutoscalingArgs, type AutoscalingPrometheusArgs } from "./autoscalingArgs";

/** Modes that KEDA's Prometheus scaler knows (KEDA documentation of 2.18, 2026). */
const authModes = ["bearer", "basic", "tls", "custom"];

/** Reports where the metrics come from that nobody would read, or cannot come from. */
export function checkAutoscalingSource(
  path: string,
  { prometheus }: AutoscalingArgs,
  by: AutoscaledBy,
  problems: Problems,
): void {
  const own = `${path}.prometheus`;
  if (prometheus === undefined) {
    if (by === AutoscaledBy.Keda) {
      problems.add(
        own,
        'is missing, and KEDA reads vLLM\'s metrics there; give { url }, for example { url: "http://prometheus.monitoring.svc:9090" }',
      );
    }
    return;
  }
  if (by === AutoscaledBy.Hpa) {
    problems.add(
      own,
      'is read by KEDA alone; a HorizontalPodAutoscaler asks prometheus-adapter, which has its own; take it out, or use by: "keda"',
    );
  }
  checkUrl(`${own}.url`, prometheus.url, problems);
  checkLabels(`${own}.labels`, prometheus.labels ?? {}, problems);
  checkAuthentication(own, prometheus, problems);
}

function checkUrl(path: string, url: unknown, problems: Problems): void {
  if (typeof url === "string" && !(/^https?:\/\/[^\s/?#]+/.test(url) && URL.canParse(url))) {
    problems.add(
      path,
      `${JSON.stringify(url)} is not an address; write it as http://prometheus.monitoring.svc:9090`,
    );
  }
}

function checkLabels(path: string, labels: Readonly<Record<string, string>>, problems: Problems): void {
  for (const name of Object.keys(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      problems.add(at(path, name), 'is not the name of a label; use letters, digits and "_"');
    } else if (name === "model_name") {
      problems.add(at(path, name), "is set by this package to the name that the pods serve; take it out");
    }
  }
}

function checkAuthentication(
  path: string,
  { triggerAuthenticationName: name, authModes: modes, awsRegion }: AutoscalingPrometheusArgs,
  problems: Problems,
): void {
  checkObjectName(`${path}.triggerAuthenticationName`, name, problems);
  const written = modes === undefined ? [] : modes.split(",");
  for (const mode of written.filter((each) => !authModes.includes(each))) {
    problems.add(
      `${path}.authModes`,
      `"${mode}" is not known to KEDA; use ${authModes.join(", ")}, or several with "," between them`,
    );
  }
  if (modes !== undefined && name === undefined) {
    problems.add(
      `${path}.authModes`,
      `is "${modes}", and nothing holds the credentials; name a TriggerAuthentication in triggerAuthenticationName`,
    );
  }
  if (awsRegion !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(awsRegion)) {
    problems.add(`${path}.awsRegion`, `"${awsRegion}" is not an AWS region; write it as us-west-2`);
  }
}
