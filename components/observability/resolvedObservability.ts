/** Label of a series, and its value. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** The series that are meant, of each source. */
export interface ResolvedSeries {
  readonly processor: SeriesLabels;
  readonly aiGateway: SeriesLabels;
  readonly envoy: SeriesLabels;
}

export interface ResolvedDashboard {
  readonly title: string;
  readonly folder: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ResolvedAlerts {
  readonly labels: Readonly<Record<string, string>>;
  readonly alertLabels: Readonly<Record<string, string>>;
  readonly nearlySpent: number;
  readonly lostReports: number;
}

/** Dashboard and alerts with every default filled in. */
export interface ResolvedObservability {
  readonly objectName: string;
  readonly namespace: string;
  readonly series: ResolvedSeries;
  /** `undefined` where none is wanted. */
  readonly dashboard: ResolvedDashboard | undefined;
  readonly alerts: ResolvedAlerts | undefined;
}
