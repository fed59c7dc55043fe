using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Workers;

/// <summary>Checks a mandate at the edge.</summary>
internal static class MandateCheck
{
    /// <param name="mandate">The mandate.</param>
    /// <param name="now">The moment.</param>
    /// <param name="found">What is already wrong with the request around it.</param>
    /// <exception cref="RefusedException">It is not well-formed; every field that is not is named.</exception>
    public static GiveMandate Command(V1.Mandate? mandate, DateTimeOffset now, Violations? found = null)
    {
        mandate ??= new V1.Mandate();
        Violations violations = found ?? new Violations(now);
        violations.Uuid(mandate.MandateId, "mandate.mandate_id");
        if (!ResourceNames.IsPseudonym(mandate.Representative))
        {
            violations.Add(mandate.Representative.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "mandate.representative", "0-9 a-f × 32");
        }

        violations.Text(mandate.Purpose, "mandate.purpose", Limits.Sentence);
        DateTimeOffset? expires = violations.Present(mandate.ExpiresAt, "mandate.expires_at")
            ? violations.Time(mandate.ExpiresAt, "mandate.expires_at", mayLieAhead: true)
            : null;
        if (expires <= now || expires > now + Limits.LongestMandate)
        {
            violations.Add(RefusalCode.OutOfRange, "mandate.expires_at", $"{now:O}", $"{now + Limits.LongestMandate:O}");
        }

        return violations.None
            ? new GiveMandate(Guid.ParseExact(mandate.MandateId, "D"), mandate.Representative, mandate.Purpose.Length == 0 ? null : mandate.Purpose, expires!.Value)
            : throw new RefusedException(violations.Found);
    }
}
