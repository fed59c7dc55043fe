namespace Ledger.Silo.Organisations.Retention;

/// <summary>Section <c>Ledger:Retention</c>: how long what decisions say about people is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>The profile of the jurisdiction, which says what nobody may fall below. Default <c>quebec-public</c>, the only one there is.</summary>
    public string Profile { get; set; } = RetentionSchedule.DefaultProfile;

    /// <summary>File with the organisation's own rules, its retention schedule; not set: nothing is ever destroyed.</summary>
    public string? File { get; set; }
}
