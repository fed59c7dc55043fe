using System.Text;

namespace Ledger.Verification;

/// <summary>What is wrong with the disclosures that are shown with an event.</summary>
public enum DisclosureFault
{
    /// <summary>The sealed part of the event is not in its form.</summary>
    Form,

    /// <summary>The event does not commit to the disclosure: the value was changed, or it is another event's.</summary>
    Digest,

    /// <summary>The same disclosure is there twice.</summary>
    Repeated,

    /// <summary>Two disclosures are of one name.</summary>
    SameName,

    /// <summary>The event has no sealed field of that name.</summary>
    Name,

    /// <summary>The disclosures are not in the order of the event's fields.</summary>
    Order,
}

/// <summary>The fields of one event, as far as they are shown.</summary>
/// <param name="Shown">Disclosures that the event commits to, in the order of its fields.</param>
/// <param name="Withheld">Names of the sealed fields that are not shown. Nothing in an event without a sealed part is withheld.</param>
public sealed record DisclosedFields(IReadOnlyList<Disclosure> Shown, IReadOnlyList<string> Withheld)
{
    /// <summary>Holds disclosures against the event that they are said to be of.</summary>
    /// <param name="data">The data of the event as stored.</param>
    /// <param name="disclosures">What is shown of it.</param>
    /// <param name="fields">What is shown and what is withheld; null when something is wrong.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static DisclosureFault? Check(ReadOnlySpan<byte> data, IReadOnlyList<Disclosure> disclosures, out DisclosedFields? fields)
    {
        ArgumentNullException.ThrowIfNull(disclosures);
        fields = null;
        SealedForm form = SealedPersonal.Find(data, out SealedPersonal? personal);
        if (form == SealedForm.Malformed)
        {
            return DisclosureFault.Form;
        }

        HashSet<string> digests = new(StringComparer.Ordinal);
        HashSet<string> names = new(StringComparer.Ordinal);
        int place = -1;
        foreach (Disclosure disclosure in disclosures)
        {
            if (personal is null || !personal.Commits(data, Encoding.ASCII.GetBytes(disclosure.Digest)))
            {
                return DisclosureFault.Digest;
            }

            int at = PlaceOf(personal, disclosure.Name);
            DisclosureFault? fault = !digests.Add(disclosure.Digest) ? DisclosureFault.Repeated
                : !names.Add(disclosure.Name) ? DisclosureFault.SameName
                : at < 0 ? DisclosureFault.Name
                : at < place ? DisclosureFault.Order
                : null;
            if (fault is not null)
            {
                return fault;
            }

            place = at;
        }

        fields = new DisclosedFields(disclosures, [.. (personal?.Fields ?? []).Select(field => field.Name).Where(name => !names.Contains(name))]);
        return null;
    }

    private static int PlaceOf(SealedPersonal personal, string name)
    {
        for (int i = 0; i < personal.Fields.Count; i++)
        {
            if (string.Equals(personal.Fields[i].Name, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
