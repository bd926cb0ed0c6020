// The light and the air of the scene, and the curve from light to display.
uniform vec3 sun_direction, sun_color, sky_zenith, sky_horizon, fog_color;
uniform float fog_density, fog_start, exposure;
uniform mat4 p3d_ViewMatrixInverse;

#define camera_position (p3d_ViewMatrixInverse[3].xyz)

float luminance(vec3 c) { return dot(c, vec3(0.2126, 0.7152, 0.0722)); }

// Hill sigmoid; 0.18 stays near 0.18.
vec3 shoulder(vec3 c) {
    c = pow(max(c, vec3(0.0)), vec3(1.36));
    return 1.05 * c / (c + 0.50);
}

// Half per channel, half by luminance, so that safety orange stays orange and white does not clip.
vec3 to_display(vec3 c) {
    c *= exposure;
    float l = luminance(c);
    c = mix(vec3(l), c, 1.06 - 0.30 * smoothstep(0.6, 4.0, l));
    float l2 = max(luminance(c), 1e-4);
    vec3 by_luminance = c * (shoulder(vec3(l2)).r / l2);
    c = mix(shoulder(c), min(by_luminance, vec3(1.0)), 0.45);
    return pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2));
}

vec3 sky_light(vec3 direction) {
    vec3 c = mix(sky_horizon, sky_zenith, pow(clamp(direction.z, 0.0, 1.0), 0.55));
    float s = max(dot(direction, sun_direction), 0.0);
    return c + sun_color * (0.10 * pow(s, 24.0) + 0.03 * pow(s, 4.0));
}

vec3 through_air(vec3 c, vec3 p) {
    vec3 v = p - camera_position;
    float d = length(v);
    float f = 1.0 - exp(-max(d - fog_start, 0.0) * fog_density);
    float s = max(dot(v / max(d, 0.001), sun_direction), 0.0);
    return mix(c, fog_color * (1.0 + 0.35 * s * s), f);
}
