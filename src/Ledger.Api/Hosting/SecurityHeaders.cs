using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting;

/// <summary>What every answer that a browser could show tells it not to do (OWASP ASVS 5, chapter 3). A browser cannot make a gRPC call, and those are many.</summary>
internal static class SecurityHeaders
{
    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true && HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            return next(context);
        }

        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        // What is about a person stays in no cache on the way; the log's files say otherwise for themselves.
        headers.CacheControl = "no-store";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        return next(context);
    });
}
