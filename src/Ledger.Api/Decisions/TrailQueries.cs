using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Workers;
using Stored = Ledger.Contracts.Decisions;

namespace Ledger.Api.Decisions;

/// <summary>Reads what page of a trail is asked for.</summary>
/// <remarks>A page token is base64url of <c>revision "." tag</c>; the tag ties it to the request it was given out for (AIP-158).</remarks>
internal static class TrailQueries
{
    private const int TagLength = 8;

    public static TrailQuery Read(V1.ListDecisionsRequest request, DateTimeOffset now)
    {
        Violations violations = new(now);
        violations.Closed(request.Category, "category", required: false);
        violations.Text(request.SystemId, "system_id", Limits.Code);
        DateTimeOffset? from = violations.Time(request.DecidedFrom, "decided_from", mayLieAhead: true);
        DateTimeOffset? before = violations.Time(request.DecidedBefore, "decided_before", mayLieAhead: true);
        violations.InOrder(from, "decided_from", before, "decided_before");
        if (request.PageSize is < 0 or > Limits.LargestPage)
        {
            violations.Add(RefusalCode.OutOfRange, "page_size", "0", Limits.LargestPage.ToString(CultureInfo.InvariantCulture));
        }

        long beforeRevision = long.MaxValue;
        if (request.PageToken.Length > 0 && !TryReadToken(request, out beforeRevision))
        {
            violations.Add(RefusalCode.InvalidPageToken, "page_token");
        }

        return violations.None
            ? new TrailQuery(
                beforeRevision,
                request.PageSize == 0 ? Limits.DefaultPage : request.PageSize,
                request.Category == V1.Category.Unspecified ? null : (Stored.Category)request.Category,
                request.SystemId.Length == 0 ? null : request.SystemId,
                from,
                before,
                request.HasAdverse ? request.Adverse : null)
            : throw new RefusedException(violations.Found);
    }

    public static string TokenFor(V1.ListDecisionsRequest request, long beforeRevision) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{beforeRevision}.{TagOf(request)}")));

    private static bool TryReadToken(V1.ListDecisionsRequest request, out long beforeRevision)
    {
        beforeRevision = 0;
        if (request.PageToken.Length > 64 || !Base64Url.IsValid(request.PageToken))
        {
            return false;
        }

        string[] parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(request.PageToken)).Split('.');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out beforeRevision)
            && string.Equals(parts[1], TagOf(request), StringComparison.Ordinal);
    }

    private static string TagOf(V1.ListDecisionsRequest request)
    {
        V1.ListDecisionsRequest same = request.Clone();
        same.PageToken = "";
        same.PageSize = 0;
        return Convert.ToHexStringLower(SHA256.HashData(same.ToByteArray()).AsSpan(0, TagLength));
    }
}
