using Ledger.Contracts;

namespace Ledger.Api.Hosting;

/// <summary>Bounds the decisions in work at a time: memory stays flat under any load, and callers are told when to retry.</summary>
internal sealed class IntakeGate
{
    private int inFlight;

    /// <summary>Nothing if the decisions may pass, or why not. Whoever passed must leave.</summary>
    public Refusal? TryEnter(int decisions)
    {
        if (Interlocked.Add(ref inFlight, decisions) <= Limits.DecisionsInFlight)
        {
            return null;
        }

        Leave(decisions);
        return new Refusal(RefusalCode.Overloaded, "", RetryAfter: Limits.RetryAfter);
    }

    public void Leave(int decisions) => Interlocked.Add(ref inFlight, -decisions);
}
