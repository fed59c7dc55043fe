using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ledger.Contracts;
using Enum = System.Enum;

namespace Ledger.Api.Hosting;

/// <summary>Gathers what is wrong with a request, field by field, so that its sender can mend all of it at once.</summary>
internal sealed class Violations(DateTimeOffset now)
{
    private readonly List<(string Name, int Index)> scopes = [];
    private List<Refusal>? found;

    public IReadOnlyList<Refusal> Found => found ?? (IReadOnlyList<Refusal>)[];

    public bool None => found is null;

    /// <summary>
    /// Fields named until the scope ends lie in this one. Paths are put together only for what is wrong: most decisions are right and there are
    /// sixty fields in one.
    /// </summary>
    public Scope Enter(string name, int index = -1)
    {
        scopes.Add((name, index));
        return new Scope(this);
    }

    public void Add(RefusalCode code, string field, params string[] arguments)
    {
        if ((found ??= []).Count < Limits.ViolationsNamed)
        {
            found.Add(new Refusal(code, PathOf(field), arguments));
        }
        else if (code == RefusalCode.Prohibited)
        {
            // Whatever else is wrong does not hide data that is never accepted.
            found[^1] = new Refusal(code, PathOf(field), arguments);
        }
    }

    /// <summary>A message that must be there.</summary>
    public bool Present(object? message, string field)
    {
        if (message is not null)
        {
            return true;
        }

        Add(RefusalCode.Missing, field);
        return false;
    }

    public void Text(string value, string field, int longest, bool required = false)
    {
        if (value.Length == 0)
        {
            if (required)
            {
                Add(RefusalCode.Missing, field);
            }

            return;
        }

        if (value.Length > longest)
        {
            Add(RefusalCode.OverLimit, field, Number(longest));
        }
        else if (HasControl(value))
        {
            Add(RefusalCode.Malformed, field, "no control characters");
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            Add(RefusalCode.Missing, field);
        }
    }

    /// <summary>A code made of the given characters.</summary>
    public void Code(string value, string field, int longest, System.Buffers.SearchValues<char> characters, string form)
    {
        if (value.Length == 0)
        {
            Add(RefusalCode.Missing, field);
        }
        else if (value.Length > longest)
        {
            Add(RefusalCode.OverLimit, field, Number(longest));
        }
        else if (value.AsSpan().ContainsAnyExcept(characters))
        {
            Add(RefusalCode.Malformed, field, form);
        }
    }

    public void Uuid(string value, string field)
    {
        if (value.Length == 0)
        {
            Add(RefusalCode.Missing, field);
        }
        else if (value.Length != 36 || value.AsSpan().ContainsAnyInRange('A', 'Z') || !Guid.TryParseExact(value, "D", out Guid id) || id == Guid.Empty)
        {
            Add(RefusalCode.Malformed, field, "UUID");
        }
    }

    public void Closed<T>(T value, string field, bool required)
        where T : struct, Enum
    {
        if (EqualityComparer<T>.Default.Equals(value, default))
        {
            if (required)
            {
                Add(RefusalCode.Missing, field);
            }
        }
        else if (!Enum.IsDefined(value))
        {
            Add(RefusalCode.Unknown, field, value.ToString());
        }
    }

    public void Count(int count, string field, int most)
    {
        if (count > most)
        {
            Add(RefusalCode.OverLimit, field, Number(most));
        }
    }

    public void Share(bool set, double value, string field)
    {
        if (set && !(value is >= 0 and <= 1))
        {
            Add(RefusalCode.OutOfRange, field, "0", "1");
        }
    }

    /// <summary>The instant of a timestamp, or nothing if it is not set or not one.</summary>
    public DateTimeOffset? Time(Timestamp? value, string field, bool required = false, bool mayLieAhead = false)
    {
        if (value is null)
        {
            if (required)
            {
                Add(RefusalCode.Missing, field);
            }

            return null;
        }

        if (value.Nanos is < 0 or > 999_999_999 || value.Seconds is < -62_135_596_800 or > 253_402_300_799)
        {
            Add(RefusalCode.Malformed, field, "RFC 3339");
            return null;
        }

        DateTimeOffset time = value.ToDateTimeOffset();
        if (time < now.AddYears(-Limits.YearsFromNow) || time > now.AddYears(Limits.YearsFromNow))
        {
            Add(RefusalCode.OutOfRange, field, Day(now.AddYears(-Limits.YearsFromNow)), Day(now.AddYears(Limits.YearsFromNow)));
        }
        else if (!mayLieAhead && time > now + Limits.ClockSkew)
        {
            Add(RefusalCode.InTheFuture, field);
        }

        return time;
    }

    public void InOrder(DateTimeOffset? first, string firstField, DateTimeOffset? second, string secondField, bool strictly = false)
    {
        if (first is { } a && second is { } b && (strictly ? b <= a : b < a))
        {
            Add(RefusalCode.OutOfOrder, secondField, PathOf(firstField));
        }
    }

    public void Duration(Duration? value, string field)
    {
        if (value is null)
        {
            return;
        }

        if (value.Seconds is < 0 or > 315_576_000_000 || value.Nanos is < 0 or > 999_999_999)
        {
            Add(RefusalCode.OutOfRange, field, "0s", "315576000000s");
        }
    }

    private string PathOf(string field) => string.Join(
        '.', scopes.Select(s => s.Index < 0 ? s.Name : string.Create(CultureInfo.InvariantCulture, $"{s.Name}[{s.Index}]")).Append(field).Where(part => part.Length > 0));

    private static bool HasControl(string value) => value.AsSpan().ContainsAnyInRange('\0', '\u0008')
        || value.AsSpan().ContainsAnyInRange('\u000B', '\u000C') || value.AsSpan().ContainsAnyInRange('\u000E', '\u001F');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A part of the request under examination.</summary>
    public readonly struct Scope(Violations violations) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => violations.scopes.RemoveAt(violations.scopes.Count - 1);
    }
}
