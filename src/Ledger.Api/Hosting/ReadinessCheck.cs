using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ledger.Api.Hosting;

/// <summary>Ready when a decision could be recorded now: grains reachable, store answering, key confirmed.</summary>
internal sealed class ReadinessCheck(GrainReferences<IIntake> intakes, IConfiguration configuration) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string organisation = configuration["Ledger:Organisations:0"] ?? "main";
        try
        {
            Refusal? refusal = await intakes.Of(organisation).ReadinessAsync().WaitAsync(Patience, cancellationToken);
            return refusal is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(RefusalStatus.ReasonOf(refusal.Code));
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            return HealthCheckResult.Unhealthy("The grains do not answer.", e);
        }
    }
}
