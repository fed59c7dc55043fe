namespace Ledger.Api.Access;

/// <summary>What a caller is to an organisation. One token may hold several.</summary>
public enum Role
{
    /// <summary>An AI system's integrator: records, and reads nothing back but its own receipts.</summary>
    Producer = 1,

    /// <summary>The person decided about: sees their own record.</summary>
    Worker,

    /// <summary>A union's representative: sees the record of whoever gave them a mandate.</summary>
    Representative,

    /// <summary>The employer's human resources: sees its organisation's records for a purpose that the worker is told.</summary>
    Hr,

    /// <summary>Decides a contested case.</summary>
    Reviewer,

    /// <summary>Checks the organisation's log and sees the attempts that were refused; no person's record.</summary>
    Auditor,

    /// <summary>Runs the ledger; sees no person's record, unless they hold the data directory itself.</summary>
    Operator,
}

/// <summary>How far a role reaches.</summary>
internal enum Scope
{
    /// <summary>Whatever is asked for.</summary>
    Anything,

    /// <summary>The organisation that the token is for.</summary>
    OwnOrganisation,

    /// <summary>Counts over a bargaining unit that the caller speaks for; about nobody in particular.</summary>
    OwnUnits,

    /// <summary>The caller's own record.</summary>
    OwnRecord,

    /// <summary>A record whose worker gave the caller a mandate that is in force.</summary>
    Mandate,

    /// <summary>Any record of the caller's organisation, for a purpose that the worker is told.</summary>
    OwnOrganisationForPurpose,

    /// <summary>What lies in a data directory that the caller opened themselves.</summary>
    OwnDirectory,
}

/// <summary>Names of roles as tokens, events and pages have them.</summary>
internal static class RoleNames
{
    public static IReadOnlyList<Role> All { get; } = Enum.GetValues<Role>();

    public static string Of(Role role) => role switch
    {
        Role.Producer => "producer",
        Role.Worker => "worker",
        Role.Representative => "representative",
        Role.Hr => "hr",
        Role.Reviewer => "reviewer",
        Role.Auditor => "auditor",
        _ => "operator",
    };

    public static Role? Parse(string name)
    {
        foreach (Role role in All)
        {
            if (string.Equals(Of(role), name, StringComparison.Ordinal))
            {
                return role;
            }
        }

        return null;
    }
}
