namespace Ledger.Api.Access;

/// <summary>Who calls, as a token that holds says.</summary>
/// <param name="Roles">Their roles; none: nothing but what is public is open to them.</param>
/// <param name="Organisation">The one organisation that the token is for.</param>
/// <param name="Account">Issuer and subject, an LF between them. Never written anywhere.</param>
/// <param name="EmployeeNumber">Where the provider tells it. Never written anywhere.</param>
/// <param name="BargainingUnits">Units that they speak for.</param>
/// <param name="ExpiresAt">Until when the token holds, UTC.</param>
/// <param name="HoldsDirectory">Whether they opened the data directory themselves.</param>
internal sealed record Caller(
    IReadOnlyList<Role> Roles,
    string Organisation,
    string Account,
    string? EmployeeNumber,
    IReadOnlyList<string> BargainingUnits,
    DateTimeOffset ExpiresAt,
    bool HoldsDirectory)
{
    /// <summary>Their pseudonyms, once they were asked for: they do not change while the token holds.</summary>
    public Identity? Known { get; set; }
}

/// <summary>A caller's pseudonyms under their organisation's key.</summary>
/// <param name="Person">Of the account.</param>
/// <param name="Worker">Of the worker; nothing without an employee number.</param>
internal sealed record Identity(string Person, string? Worker);
