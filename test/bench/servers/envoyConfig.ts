/** Where the parts of the measured set-up listen. */
export interface Ports {
  /** Envoy's, for clients. */
  readonly listener: number;
  /** The processor's; absent: Envoy runs without one. */
  readonly processor?: number;
}

const grpcService = { envoy_grpc: { cluster_name: "processor" } };

const processorFilter = {
  name: "envoy.filters.http.ext_proc",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
    grpc_service: grpcService,
    message_timeout: "10s",
    allow_mode_override: true,
    processing_mode: {
      request_header_mode: "SEND",
      request_body_mode: "BUFFERED",
      response_header_mode: "SEND",
      response_body_mode: "NONE",
      request_trailer_mode: "SKIP",
      response_trailer_mode: "SKIP",
    },
  },
};

const accessLog = {
  name: "envoy.access_loggers.http_grpc",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
    common_config: { log_name: "bench", transport_api_version: "V3", grpc_service: grpcService },
  },
};

const router = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
};

function listener({ listener: port, processor }: Ports): object {
  const hasProcessor = processor !== undefined;
  const manager = {
    "@type":
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "bench",
    access_log: hasProcessor ? [accessLog] : [],
    http_filters: hasProcessor ? [processorFilter, router] : [router],
    route_config: {
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [
            {
              match: { prefix: "/" },
              direct_response: { status: 200, body: { inline_string: '{"ok":true}' } },
            },
          ],
        },
      ],
    },
  };
  return {
    name: "bench",
    address: address(port),
    filter_chains: [
      { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] },
    ],
  };
}

function processorCluster(port: number): object {
  return {
    name: "processor",
    type: "STATIC",
    connect_timeout: "5s",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: {
      cluster_name: "processor",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
  };
}

const address = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** An Envoy that answers every request itself, so that nothing but the filter costs time; as JSON, which is YAML too. */
export function envoyConfig(ports: Ports): string {
  return JSON.stringify({
    static_resources: {
      listeners: [listener(ports)],
      clusters: ports.processor === undefined ? [] : [processorCluster(ports.processor)],
    },
  });
}
