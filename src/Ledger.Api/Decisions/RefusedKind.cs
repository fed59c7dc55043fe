using System.Text;
using Google.Protobuf.Reflection;
using Ledger.Api.Hosting;
using Ledger.Contracts;

namespace Ledger.Api.Decisions;

/// <summary>What is kept of a refused decision: nothing that its sender wrote, but a system id that has the form of one.</summary>
/// <param name="System">System id, if it is one.</param>
/// <param name="Code">Why.</param>
/// <param name="Field">Path of the field in the contract.</param>
/// <param name="DataCategory">Category of data that is never accepted, as the contract names it.</param>
/// <param name="Various">Set for the many kinds beyond a limit.</param>
internal readonly record struct RefusedKind(string? System, RefusalCode Code, string? Field, string? DataCategory, bool Various = false)
{
    /// <summary>Which of a decision's refusals it counts as: data that is never accepted before all else, so that another mistake beside it does not hide it.</summary>
    public static Refusal Gravest(IReadOnlyList<Refusal> refusals) =>
        refusals.FirstOrDefault(refusal => refusal.Code == RefusalCode.Prohibited) ?? refusals[0];

    public static RefusedKind Of(V1.Decision? decision, Refusal refusal) => new(
        SystemOf(decision), refusal.Code, FieldOf(refusal.Field), refusal.Code == RefusalCode.Prohibited ? CategoryOf(refusal) : null);

    /// <summary>The same beyond the limit: only why.</summary>
    public RefusedKind AsVarious() => new(null, Code, null, null, Various: true);

    private static string? SystemOf(V1.Decision? decision)
    {
        if (decision?.System is not { } system)
        {
            return null;
        }

        Violations violations = new(DateTimeOffset.MinValue);
        DecisionCheck.Code(violations, system.SystemId, "");
        return violations.None ? system.SystemId : null;
    }

    /// <summary>The path without indexes, and no further than the contract goes: whatever a sender calls things, it does not come through here.</summary>
    private static string? FieldOf(string path)
    {
        StringBuilder known = new(path.Length);
        MessageDescriptor? message = V1.RecordDecisionRequest.Descriptor;
        foreach (string part in path.Split('.'))
        {
            int index = part.IndexOf('[', StringComparison.Ordinal);
            if (message?.FindFieldByName(index < 0 ? part : part[..index]) is not { } field)
            {
                break;
            }

            known.Append(known.Length > 0 ? "." : "").Append(field.Name);
            message = field.FieldType == FieldType.Message ? field.MessageType : null;
        }

        return known.Length > 0 ? known.ToString() : null;
    }

    private static string? CategoryOf(Refusal refusal) =>
        refusal.Arguments is [var name, ..] && Enum.TryParse(name, out V1.DataCategory category) && Enum.IsDefined(category) ? Names.Of(category) : null;
}
