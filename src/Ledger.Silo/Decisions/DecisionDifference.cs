using System.Text;
using System.Text.Json;

namespace Ledger.Silo.Decisions;

/// <summary>Finds where two recordings of one decision id differ, and names the field as the request does.</summary>
internal static class DecisionDifference
{
    /// <summary>Path of the first field that differs, for example <c>decision.times.decided_at</c>; nothing if none does.</summary>
    public static string? Find(ReadOnlySpan<byte> recorded, ReadOnlySpan<byte> repeated)
    {
        if (recorded.SequenceEqual(repeated))
        {
            return null;
        }

        Utf8JsonReader first = new(recorded);
        Utf8JsonReader second = new(repeated);
        using JsonDocument a = JsonDocument.ParseValue(ref first);
        using JsonDocument b = JsonDocument.ParseValue(ref second);
        return Find(a.RootElement, b.RootElement, "") is { } path ? RequestPath(path) : null;
    }

    private static string? Find(JsonElement a, JsonElement b, string path)
    {
        if (a.ValueKind == JsonValueKind.Object && b.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in a.EnumerateObject())
            {
                string at = $"{path}.{member.Name}";
                string? difference = b.TryGetProperty(member.Name, out JsonElement other) ? Find(member.Value, other, at) : at;
                if (difference is not null)
                {
                    return difference;
                }
            }

            return b.EnumerateObject().Where(m => !a.TryGetProperty(m.Name, out _)).Select(m => $"{path}.{m.Name}").FirstOrDefault();
        }

        if (a.ValueKind == JsonValueKind.Array && b.ValueKind == JsonValueKind.Array)
        {
            int shared = Math.Min(a.GetArrayLength(), b.GetArrayLength());
            for (int i = 0; i < shared; i++)
            {
                if (Find(a[i], b[i], $"{path}[{i}]") is { } difference)
                {
                    return difference;
                }
            }

            return a.GetArrayLength() == b.GetArrayLength() ? null : $"{path}[{shared}]";
        }

        return JsonElement.DeepEquals(a, b) ? null : path;
    }

    private static string RequestPath(string stored)
    {
        string path = stored.TrimStart('.');
        string request = path switch
        {
            "reviewer" => "automation.review.reviewerEmployeeNumber",
            "act.bargainingUnit" or "act.workSite" or "act.jobClass" => $"subject.{path["act.".Length..]}",
            _ when path.StartsWith("act.", StringComparison.Ordinal) => path["act.".Length..],
            // Durations of the contract are stored as seconds.
            _ when path.StartsWith("personal.measures[", StringComparison.Ordinal) && path.EndsWith("Seconds", StringComparison.Ordinal) =>
                path[..^"Seconds".Length],
            _ => path,
        };
        StringBuilder name = new("decision.");
        foreach (char c in request)
        {
            _ = char.IsUpper(c) ? name.Append('_').Append(char.ToLowerInvariant(c)) : name.Append(c);
        }

        return name.ToString();
    }
}
