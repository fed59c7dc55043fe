namespace Ledger.Contracts.Access;

/// <summary>
/// Who callers are under an organisation's key, and which attempts to read a person's record were refused; the key is the organisation.
/// </summary>
[Alias("ledger.access.register")]
public interface IAccessRegister : IGrainWithStringKey
{
    /// <summary>The pseudonyms of an account and, where it has an employee number, of the worker.</summary>
    /// <param name="account">Issuer and subject of the token, an LF between them.</param>
    /// <param name="employeeNumber">Known only until here.</param>
    [Alias("identify")]
    Task<IdentityAnswer> IdentifyAsync(string account, string? employeeNumber);

    /// <summary>Records a refused attempt, durably; nothing, or why it could not.</summary>
    [Alias("refused")]
    Task<Refusal?> RecordRefusedAsync(RefusedAttempt attempt);

    /// <summary>A page of one month's refused attempts, newest first.</summary>
    /// <param name="month">Year and month, for example <c>202611</c>.</param>
    /// <param name="beforeRevision">Only those before; <see cref="long.MaxValue"/> for the newest.</param>
    /// <param name="pageSize">At most this many.</param>
    [Alias("refusals")]
    Task<RefusedAnswer> RefusedAsync(string month, long beforeRevision, int pageSize);
}

/// <summary>Pseudonyms, or the refusal.</summary>
/// <param name="Person">Of the account.</param>
/// <param name="Worker">Of the worker, if a number was given.</param>
/// <param name="Refusal">Set if the organisation's key cannot be used.</param>
[GenerateSerializer, Immutable, Alias("ledger.access.identity-answer")]
public sealed record IdentityAnswer([property: Id(0)] string? Person, [property: Id(1)] string? Worker, [property: Id(2)] Refusal? Refusal = null);

/// <summary>An attempt at a person's record that was refused.</summary>
/// <param name="Method">The call, for example <c>ListDecisions</c>.</param>
/// <param name="Worker">Pseudonym that was asked for; whether it exists was not looked at.</param>
/// <param name="Person">Pseudonym of the caller's account; nothing for a caller of another organisation.</param>
/// <param name="Roles">The caller's roles.</param>
/// <param name="CorrelationId">One for everything the request caused.</param>
/// <param name="TraceParent">W3C trace context, if there is one.</param>
[GenerateSerializer, Immutable, Alias("ledger.access.refused-attempt")]
public sealed record RefusedAttempt(
    [property: Id(0)] string Method,
    [property: Id(1)] string Worker,
    [property: Id(2)] string? Person,
    [property: Id(3)] string[] Roles,
    [property: Id(4)] string CorrelationId,
    [property: Id(5)] string? TraceParent);

/// <summary>Refused attempts as recorded, or the refusal.</summary>
/// <param name="Attempts">Newest first.</param>
/// <param name="NextBeforeRevision">Where the next page begins; nothing at the end.</param>
/// <param name="Refusal">Set if they could not be read.</param>
[GenerateSerializer, Immutable, Alias("ledger.access.refused-answer")]
public sealed record RefusedAnswer(
    [property: Id(0)] RecordedAttempt[] Attempts, [property: Id(1)] long? NextBeforeRevision, [property: Id(2)] Refusal? Refusal = null);

/// <summary>A refused attempt with its place and time.</summary>
[GenerateSerializer, Immutable, Alias("ledger.access.recorded-attempt")]
public sealed record RecordedAttempt([property: Id(0)] long Revision, [property: Id(1)] DateTimeOffset At, [property: Id(2)] RefusedAttempt Attempt);
