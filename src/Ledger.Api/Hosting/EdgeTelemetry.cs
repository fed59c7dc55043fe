using System.Diagnostics.Metrics;
using Ledger.Contracts;

namespace Ledger.Api.Hosting;

/// <summary>What the edge counts. The silo's instruments are in <c>Ledger.Silo/Hosting/Telemetry.cs</c>.</summary>
internal static class EdgeTelemetry
{
    private static readonly Counter<long> Refused = new Meter("Ledger").CreateCounter<long>(
        "ledger.requests.refused", "{decision}", "Decisions refused at the edge, by code; PROHIBITED counts attempts with data that is never accepted.");

    public static void CountRefused(RefusalCode code) => Refused.Add(1, new KeyValuePair<string, object?>("code", RefusalStatus.ReasonOf(code)));
}
